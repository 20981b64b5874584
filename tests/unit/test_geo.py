"""Distances on the sphere, and boxes that leave nothing out."""

from math import pi

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.geo import EARTH_RADIUS_KM, Box, box_around, distance_km

HALF_WAY_ROUND = pi * EARTH_RADIUS_KM
BERLIN, PARIS, SUVA, APIA = (52.52, 13.405), (48.8566, 2.3522), (-18.1416, 178.4419), (-13.8333, -171.7667)

LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)
POSITIONS = st.tuples(LATITUDES, LONGITUDES)
RADII = st.one_of(st.floats(0.001, 50), st.floats(0.001, 25_000))


def inside(box: Box, latitude: float, longitude: float) -> bool:
    return box.south <= latitude <= box.north and any(west <= longitude <= east for west, east in box.longitudes())


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        (BERLIN, PARIS, 877.5),
        (SUVA, APIA, 1150.7),
        ((0, 0), (0, 1), HALF_WAY_ROUND / 180),
        ((0, 179.5), (0, -179.5), HALF_WAY_ROUND / 180),
        ((0, 180), (0, -180), 0),
        ((90, 0), (90, 135), 0),
        ((90, 0), (-90, 77), HALF_WAY_ROUND),
        ((0, 0), (0, 180), HALF_WAY_ROUND),
        ((52.52, 13.405), (-52.52, -166.595), HALF_WAY_ROUND),
        ((89, 0), (89, 180), HALF_WAY_ROUND / 90),
    ],
)
def test_known_distances(here: tuple[float, float], there: tuple[float, float], km: float) -> None:
    assert distance_km(*here, *there) == pytest.approx(km, rel=1e-3, abs=1e-6)


@given(POSITIONS, POSITIONS)
def test_there_is_as_far_as_back_and_never_over_half_the_way_round(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    assert distance_km(*here, *there) == pytest.approx(distance_km(*there, *here), abs=1e-9)
    assert 0 <= distance_km(*here, *there) <= HALF_WAY_ROUND


@given(POSITIONS)
def test_nowhere_is_far_from_itself(here: tuple[float, float]) -> None:
    assert distance_km(*here, *here) == 0


@given(POSITIONS, RADII, POSITIONS)
@example(SUVA, 300.0, (-18.1416, -179.0))
@example((89.99, 0.0), 2.0, (89.99, 180.0))
@example((0.0, 180.0), 2.0, (0.0, -180.0))
@example((0.0, 0.0), 20_100.0, (0.0, 180.0))
def test_a_box_holds_every_position_within_the_radius(
    centre: tuple[float, float], radius: float, position: tuple[float, float]
) -> None:
    if distance_km(*centre, *position) <= radius:
        assert inside(box_around(*centre, radius), *position)


@given(POSITIONS, RADII, st.floats(-1, 1), st.floats(-1, 1))
def test_a_box_holds_what_lies_close_to_its_rim(
    centre: tuple[float, float], radius: float, up: float, right: float
) -> None:
    box = box_around(*centre, radius)
    width = (box.east - box.west) % 360 or 360
    latitude = min(90, max(-90, centre[0] + up * (box.north - box.south) / 2 * 1.0001))
    longitude = (centre[1] + right * width / 2 * 1.0001 + 180) % 360 - 180
    if distance_km(*centre, latitude, longitude) <= radius:
        assert inside(box, latitude, longitude)


@given(POSITIONS, st.floats(0.001, 1000))
def test_a_box_touches_the_rim_due_north_and_due_south(centre: tuple[float, float], radius: float) -> None:
    box = box_around(*centre, radius)
    for rim in {box.south, box.north} - {-90.0, 90.0}:
        assert distance_km(*centre, rim, centre[1]) == pytest.approx(radius, rel=1e-3, abs=1e-3)


def test_a_box_over_the_antimeridian_has_two_ranges_of_longitude() -> None:
    box = box_around(*SUVA, 300)
    assert box.west > box.east
    assert len(box.longitudes()) == 2
    assert not inside(box, -18.1416, 0)


def test_a_box_over_a_pole_goes_all_the_way_round() -> None:
    assert box_around(89.99, 10, 5).longitudes() == ((-180.0, 180.0),)


def test_a_position_on_the_rim_of_a_box_of_two_metres_is_inside() -> None:
    centre, rim = (33.37820493305814, 179.99999991238414), (33.37820493305969, -179.99998044008373)
    radius = 0.0018243569103761552
    assert distance_km(*centre, *rim) <= radius
    assert inside(box_around(*centre, radius), *rim)
