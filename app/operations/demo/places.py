"""Where the demo stores are: fifty cities, ten quarters in each."""

from collections.abc import Iterator
from dataclasses import dataclass

# Suva lies beside the antimeridian, where longitudes wrap.
CITIES = (
    ("Berlin", "Mitte", 52.5200, 13.4050, "Europe/Berlin"),
    ("Paris", "Bastille", 48.8532, 2.3692, "Europe/Paris"),
    ("London", "Camden", 51.5390, -0.1426, "Europe/London"),
    ("New York", "Chelsea", 40.7465, -74.0014, "America/New_York"),
    ("Suva", "Harbour", -18.1416, 178.4419, "Pacific/Fiji"),
    ("Hamburg", "Altona", 53.5511, 9.9359, "Europe/Berlin"),
    ("Munich", "Schwabing", 48.1642, 11.5856, "Europe/Berlin"),
    ("Cologne", "Ehrenfeld", 50.9508, 6.9180, "Europe/Berlin"),
    ("Vienna", "Neubau", 48.2020, 16.3490, "Europe/Vienna"),
    ("Zurich", "Wiedikon", 47.3718, 8.5190, "Europe/Zurich"),
    ("Lyon", "Croix-Rousse", 45.7743, 4.8320, "Europe/Paris"),
    ("Marseille", "Le Panier", 43.2989, 5.3686, "Europe/Paris"),
    ("Madrid", "Chueca", 40.4227, -3.6975, "Europe/Madrid"),
    ("Barcelona", "Gracia", 41.4036, 2.1560, "Europe/Madrid"),
    ("Lisbon", "Baixa", 38.7107, -9.1366, "Europe/Lisbon"),
    ("Porto", "Ribeira", 41.1407, -8.6132, "Europe/Lisbon"),
    ("Rome", "Trastevere", 41.8893, 12.4690, "Europe/Rome"),
    ("Milan", "Brera", 45.4719, 9.1880, "Europe/Rome"),
    ("Athens", "Koukaki", 37.9640, 23.7230, "Europe/Athens"),
    ("Amsterdam", "Jordaan", 52.3740, 4.8810, "Europe/Amsterdam"),
    ("Brussels", "Ixelles", 50.8333, 4.3667, "Europe/Brussels"),
    ("Copenhagen", "Norrebro", 55.6990, 12.5480, "Europe/Copenhagen"),
    ("Stockholm", "Sodermalm", 59.3150, 18.0710, "Europe/Stockholm"),
    ("Oslo", "Grunerlokka", 59.9230, 10.7590, "Europe/Oslo"),
    ("Helsinki", "Kallio", 60.1840, 24.9500, "Europe/Helsinki"),
    ("Warsaw", "Praga", 52.2540, 21.0360, "Europe/Warsaw"),
    ("Prague", "Vinohrady", 50.0755, 14.4500, "Europe/Prague"),
    ("Budapest", "Jozsefvaros", 47.4900, 19.0720, "Europe/Budapest"),
    ("Bucharest", "Lipscani", 44.4315, 26.1010, "Europe/Bucharest"),
    ("Istanbul", "Karakoy", 41.0236, 28.9770, "Europe/Istanbul"),
    ("Dublin", "Smithfield", 53.3488, -6.2780, "Europe/Dublin"),
    ("Edinburgh", "Leith", 55.9750, -3.1700, "Europe/London"),
    ("Manchester", "Ancoats", 53.4840, -2.2270, "Europe/London"),
    ("Reykjavik", "Grandi", 64.1550, -21.9480, "Atlantic/Reykjavik"),
    ("Boston", "Fenway", 42.3467, -71.0972, "America/New_York"),
    ("Chicago", "Wicker Park", 41.9088, -87.6796, "America/Chicago"),
    ("Austin", "Clarksville", 30.2810, -97.7600, "America/Chicago"),
    ("Denver", "Highland", 39.7600, -105.0110, "America/Denver"),
    ("San Francisco", "Mission", 37.7599, -122.4148, "America/Los_Angeles"),
    ("Seattle", "Ballard", 47.6680, -122.3840, "America/Los_Angeles"),
    ("Toronto", "Kensington", 43.6546, -79.4020, "America/Toronto"),
    ("Mexico City", "Roma", 19.4180, -99.1620, "America/Mexico_City"),
    ("Sao Paulo", "Pinheiros", -23.5670, -46.6920, "America/Sao_Paulo"),
    ("Buenos Aires", "Palermo", -34.5780, -58.4250, "America/Argentina/Buenos_Aires"),
    ("Cape Town", "Woodstock", -33.9270, 18.4460, "Africa/Johannesburg"),
    ("Nairobi", "Westlands", -1.2670, 36.8110, "Africa/Nairobi"),
    ("Singapore", "Tiong Bahru", 1.2850, 103.8300, "Asia/Singapore"),
    ("Tokyo", "Shimokitazawa", 35.6610, 139.6680, "Asia/Tokyo"),
    ("Melbourne", "Fitzroy", -37.7990, 144.9780, "Australia/Melbourne"),
    ("Auckland", "Ponsonby", -36.8480, 174.7410, "Pacific/Auckland"),
)
# Further quarters of each city, by how far they lie from the first in degrees.
QUARTERS = (
    ("Station", 0.012, -0.021),
    ("Old Town", -0.009, 0.014),
    ("North", 0.041, 0.006),
    ("South", -0.038, -0.010),
    ("East", 0.004, 0.058),
    ("West", -0.003, -0.061),
    ("Market", 0.019, 0.027),
    ("University", -0.022, 0.033),
    ("Garden", 0.027, -0.043),
)


@dataclass(frozen=True)
class Place:
    """A store's name, position and clock."""

    name: str
    latitude: float
    longitude: float
    timezone: str


def places(numbers: range) -> Iterator[Place]:
    """The stores with these numbers."""
    for number in numbers:
        quarter, city = divmod(number, len(CITIES))
        name, first, latitude, longitude, zone = CITIES[city]
        at, north, east = QUARTERS[quarter - 1] if quarter else (first, 0.0, 0.0)
        yield Place(f"{name} {at}", round(latitude + north, 4), round(longitude + east, 4), zone)
