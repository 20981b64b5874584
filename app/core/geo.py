"""Distances on the Earth as a sphere, and the boxes that narrow a search by distance."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True)
class Box:
    """Latitudes and longitudes that may be near enough; `west > east` means that it crosses the antimeridian."""

    south: float
    north: float
    west: float
    east: float

    def longitudes(self) -> tuple[tuple[float, float], ...]:
        """The one or two ranges of longitude."""
        return ((self.west, self.east),) if self.west <= self.east else ((self.west, 180.0), (-180.0, self.east))


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The haversine distance between two positions in degrees."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


def box_around(latitude: float, longitude: float, radius_km: float) -> Box:
    """The smallest box that holds every position within the radius."""
    angle = radius_km / EARTH_RADIUS_KM
    reach = _generous(degrees(angle))
    south, north = latitude - reach, latitude + reach
    if south <= -90 or north >= 90:
        return Box(max(south, -90.0), min(north, 90.0), -180.0, 180.0)
    width = _generous(degrees(asin(min(1.0, sin(angle) / cos(radians(latitude))))))
    if width >= 180:
        return Box(south, north, -180.0, 180.0)
    return Box(south, north, _wrapped(longitude - width), _wrapped(longitude + width))


def _generous(reach: float) -> float:
    """Wider by more than rounding can take away: a tenth of a millimetre."""
    return reach * (1 + 1e-9) + 1e-9


def _wrapped(longitude: float) -> float:
    if longitude < -180:
        return longitude + 360
    return longitude - 360 if longitude > 180 else longitude
