"""Sizes keep their limits and the ratio that was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.catalogue import models
from togimg.catalogue.sizes import (
    LARGEST,
    SAME_SHAPE,
    Limits,
    Size,
    in_whole,
    most_alike,
    name_of,
    nearest,
    of_ratio,
    off,
    ratio_of,
    show,
)

MEGAPIXEL = 1024 * 1024
EIGHTS = Limits()
FLUX_2_DEV = Limits(multiple_of=16, min_side=512, max_side=2048)
SEEDREAM = Limits(min_area=3_686_400, max_area=10_404_496)

every_limits = st.sampled_from(sorted({m.limits for m in models()}, key=repr))
any_size = st.tuples(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("1:1", 1),
        ("16:9", 16 / 9),
        ("9:16", 9 / 16),
        (" 3:2 ", 1.5),
        ("2.39:1", 2.39),
        ("0:1", None),
        ("1:0", None),
        ("-1:2", None),
        ("16/9", None),
        ("16:9:1", None),
        ("wide", None),
        ("", None),
        ("1:999999", None),
    ],
)
def test_a_ratio_is_read_or_is_none(text: str, ratio: float | None) -> None:
    assert ratio_of(text) == ratio


@pytest.mark.parametrize(
    ("ratio", "limits", "area", "size"),
    [
        ("1:1", EIGHTS, MEGAPIXEL, (1024, 1024)),
        ("16:9", EIGHTS, MEGAPIXEL, (1280, 720)),
        ("9:16", EIGHTS, MEGAPIXEL, (720, 1280)),
        ("4:3", EIGHTS, MEGAPIXEL, (1152, 864)),
        ("3:2", EIGHTS, MEGAPIXEL, (1248, 832)),
        ("2:3", EIGHTS, MEGAPIXEL, (832, 1248)),
        ("4:5", EIGHTS, MEGAPIXEL, (896, 1120)),
        ("21:9", EIGHTS, MEGAPIXEL, (1568, 672)),
        ("4:1", FLUX_2_DEV, MEGAPIXEL, (2048, 512)),
        ("20:1", FLUX_2_DEV, MEGAPIXEL, (2048, 512)),
        ("1:1", SEEDREAM, 2048 * 2048, (2048, 2048)),
        ("16:9", SEEDREAM, 2048 * 2048, (2816, 1584)),
        ("99999:1", SEEDREAM, 2048 * 2048, (65536, 64)),
    ],
)
def test_the_size_of_a_ratio_has_the_usual_area(
    ratio: str, limits: Limits, area: int, size: Size
) -> None:
    assert of_ratio(ratio_of(ratio) or 0, limits, area) == size


@given(every_limits, st.floats(0.0001, 10_000), st.sampled_from([MEGAPIXEL, 2048 * 2048]))
def test_the_size_of_a_ratio_is_always_allowed(limits: Limits, ratio: float, area: int) -> None:
    size = of_ratio(ratio, limits, area)

    assert [limits.take_side(side) for side in size] == [True, True]
    assert limits.take_area(size) or area < (limits.min_area or 0)


@given(every_limits, st.floats(0.25, 4))
def test_a_common_ratio_is_met_by_every_model(limits: Limits, ratio: float) -> None:
    area = max(MEGAPIXEL, limits.min_area or 0)

    assert off(of_ratio(ratio, limits, area), ratio) < SAME_SHAPE


@pytest.mark.parametrize(
    ("size", "limits", "allowed"),
    [
        ((1023, 7), EIGHTS, (1024, 8)),
        ((0, -5), EIGHTS, (8, 8)),
        ((1023, 7), FLUX_2_DEV, (1024, 512)),
        ((4000, 1000), FLUX_2_DEV, (2048, 512)),
        ((4000, 2250), FLUX_2_DEV, (2048, 1152)),
        ((400, 300), FLUX_2_DEV, (688, 512)),
        ((1024, 256), FLUX_2_DEV, (1024, 512)),
        ((1024, 1024), SEEDREAM, (1920, 1920)),
        ((4096, 4096), SEEDREAM, (3224, 3224)),
        ((1280, 720), SEEDREAM, (2560, 1440)),
    ],
)
def test_the_nearest_size_changes_no_more_than_it_must(
    size: Size, limits: Limits, allowed: Size
) -> None:
    assert nearest(size, limits) == allowed


@given(every_limits, any_size)
def test_the_nearest_size_is_always_allowed_and_its_own_nearest(limits: Limits, size: Size) -> None:
    found = nearest(size, limits)

    assert [limits.take_side(side) for side in found] == [True, True]
    assert limits.take_area(found)
    assert nearest(found, limits) == found


def test_the_most_alike_of_a_list_has_the_shape_first_and_then_the_area() -> None:
    listed = [(1024, 1024), (1344, 768), (2688, 1536), (768, 1344)]

    assert most_alike((1920, 1000), listed) == [
        (1344, 768),
        (2688, 1536),
        (1024, 1024),
        (768, 1344),
    ]


@given(any_size)
def test_a_closed_list_is_sorted_and_nothing_else(size: Size) -> None:
    listed = [(1024, 1024), (1344, 768), (768, 1344)]

    assert sorted(most_alike(size, listed)) == sorted(listed)


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ((1920, 1080), "16:9"),
        ((1344, 768), "16:9"),
        ((768, 1024), "3:4"),
        ((830, 1248), "2:3"),
        ((1024, 1024), "1:1"),
        ((1000, 990), "1:1"),
        ((1200, 500), "12:5"),
        ((1023, 7), "1023:7"),
    ],
)
def test_a_size_is_named_by_a_common_ratio_or_reduced(size: Size, name: str) -> None:
    assert name_of(size, ("1:1", "16:9", "9:16", "4:3", "3:2")) == name


@pytest.mark.parametrize(
    ("ratio", "whole"),
    [("1.5:1", "3:2"), ("2.39:1", "239:100"), ("21:9", "21:9"), ("odd.", "odd.")],
)
def test_a_ratio_is_sent_in_whole_numbers(ratio: str, whole: str) -> None:
    assert in_whole(ratio) == whole


def test_a_side_is_a_positive_multiple_within_the_limits() -> None:
    sides = (0, -8, 8, 12, LARGEST, LARGEST + 8)

    assert [side for side in sides if EIGHTS.take_side(side)] == [8, LARGEST]
    assert show((8, LARGEST)) == "8x65536"
