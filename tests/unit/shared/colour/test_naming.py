"""Names and families of colours."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.colour.abstention import ABSTAIN
from shared.colour.cielab import delta_e2000, hex_to_rgb, rgb_to_lab
from shared.colour.families.table import UNKNOWN
from shared.colour.naming import BUNDLED_TABLE, MARGIN, Naming, NamingError
from shared.colour.tones import ON_PEOPLE
from tests.support.agreed import AGREED

BUNDLED = Naming.load()
CENTRES = Naming.load(BUNDLED_TABLE)
FAMILIES = {
    *("black", "white", "grey", "beige", "brown", "red", "pink", "orange", "yellow", "gold"),
    *("green", "turquoise", "blue", "navy", "purple", "silver"),
}


def write(path: Path, text: str) -> Path:
    table = path / "names.csv"
    table.write_bytes(text.encode())
    return table


def test_the_bundled_table_holds_the_sixteen_families() -> None:
    assert set(BUNDLED.families) == FAMILIES
    assert len(BUNDLED.rows) >= 120
    assert len({row.name for row in BUNDLED.rows}) == len(BUNDLED.rows)
    assert len({row.hex for row in BUNDLED.rows}) == len(BUNDLED.rows)


def test_every_row_is_called_by_its_own_name_where_nobody_has_learned_otherwise() -> None:
    for row in CENTRES.rows:
        assert CENTRES.name(rgb_to_lab(hex_to_rgb(row.hex)))[:2] == (row.name, row.family)


def test_a_name_is_the_nearest_row_of_its_family() -> None:
    colours = rgb_to_lab(np.random.default_rng(2).integers(0, 256, (300, 3)).astype(np.uint8))
    for lab, named in zip(colours, BUNDLED.name_many(colours), strict=True):
        own = [place for place, row in enumerate(BUNDLED.rows) if row.family == named.family]
        nearest = own[int(delta_e2000(lab, BUNDLED.centres[own]).argmin())]
        assert named.name == BUNDLED.rows[nearest].name


@pytest.mark.parametrize(
    ("colour", "family"),
    [
        ("#000000", "black"),
        ("#1a1a1c", "black"),
        ("#ffffff", "white"),
        ("#f0f0ee", "white"),
        ("#808080", "grey"),
        ("#c4c4c4", "grey"),
        ("#3e3f42", "grey"),
        ("#d9c5a0", "beige"),
        ("#6b4423", "brown"),
        ("#cc2222", "red"),
        ("#5c1524", "red"),
        ("#f4a6bc", "pink"),
        ("#ff7f11", "orange"),
        ("#ffdd22", "yellow"),
        ("#d4af37", "gold"),
        ("#1f7a3d", "green"),
        ("#5d5b33", "green"),
        ("#30c0bc", "turquoise"),
        ("#2a6cc4", "blue"),
        ("#5a7699", "blue"),
        ("#1a2342", "navy"),
        ("#6f2c91", "purple"),
    ],
)
def test_families_are_those_that_a_shop_would_file_under(colour: str, family: str) -> None:
    assert BUNDLED.name(rgb_to_lab(hex_to_rgb(colour)))[1] == family


@pytest.mark.parametrize("families", AGREED)
def test_nobody_would_disagree(families: str) -> None:
    colours = {
        code: BUNDLED.name(rgb_to_lab(hex_to_rgb(code))) for code in AGREED[families].split()
    }
    accepted = families.split("|")
    assert {code: name for code, name in colours.items() if name.family not in accepted} == {}


def test_no_colour_is_far_from_its_name() -> None:
    channel = np.arange(0, 256, 15, dtype=np.uint8)
    rgb = np.stack(np.meshgrid(channel, channel, channel, indexing="ij"), axis=-1).reshape(-1, 3)
    colours = rgb_to_lab(rgb)
    row_of = {row.name: place for place, row in enumerate(CENTRES.rows)}
    centres = CENTRES.centres[[row_of[named.name] for named in CENTRES.name_many(colours)]]
    assert delta_e2000(colours, centres).max() < 13


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_has_a_name(rgb: tuple[int, int, int]) -> None:
    named = BUNDLED.name(rgb_to_lab(np.array(rgb, np.uint8)))
    assert named.name
    assert named.family in FAMILIES
    assert named.family_second is None or named.family_second in FAMILIES - {named.family}
    assert (named.probability_second is None) == (named.family_second is None)
    assert ABSTAIN <= (named.probability_second or ABSTAIN) <= named.probability <= 1


labs = st.tuples(st.floats(-5, 105), st.floats(-130, 130), st.floats(-130, 130))


@given(st.lists(labs, min_size=40, max_size=120))
def test_many_at_a_time_are_named_as_each_by_itself(many: list[tuple[float, float, float]]) -> None:
    assert BUNDLED.name_many(many) == [BUNDLED.name(lab) for lab in many]


def test_all_of_srgb_is_named_as_if_compared_with_every_row() -> None:
    random = np.random.default_rng(1)
    colours = rgb_to_lab(random.integers(0, 256, (20_000, 3)).astype(np.uint8))
    distance = np.concatenate(
        [delta_e2000(some[:, None], CENTRES.centres) for some in np.split(colours, 10)]
    )
    rows = [CENTRES.rows[number] for number in distance.argmin(axis=1)]
    assert [named[:2] for named in CENTRES.name_many(colours)] == [
        (row.name, row.family) for row in rows
    ]


def test_no_colours_have_no_names() -> None:
    assert BUNDLED.name_many([]) == []


def test_a_colour_between_two_families_says_so(tmp_path: Path) -> None:
    table = write(tmp_path, "name,family,hex\nink,a,#000000\nsoot,a,#010101\nsnow,b,#ffffff\n")
    naming = Naming.load(table)
    black, white = naming.centres[[0, 2]]
    halfway = [
        np.array([lightness, 0.0, 0.0])
        for lightness in np.linspace(0, 100, 2001)
        if abs(distances(lightness, naming)) <= MARGIN - 0.01
    ]
    assert halfway
    assert {naming.name(lab).family_second for lab in halfway} == {"a", "b"}
    assert [naming.name(lab).family_second for lab in (black, white)] == [None, None]


def distances(lightness: float, naming: Naming) -> float:
    """How much nearer the white row is than the nearest black one."""
    distance = delta_e2000([lightness, 0.0, 0.0], naming.centres)
    return float(distance[:2].min() - distance[2])


def test_a_retailers_own_table_replaces_the_bundled_one(tmp_path: Path) -> None:
    table = write(tmp_path, "code,hex,name,family\n1,#FF0000,Feuer,rot\n2,#0000ff,Meer,blau\n")
    naming = Naming.load(table)
    assert naming.families == ("rot", "blau")
    assert naming.name([50.0, 70.0, 40.0]) == ("Feuer", "rot", None, 1.0, None)
    assert naming.version != BUNDLED.version


def test_one_name_may_have_several_centres(tmp_path: Path) -> None:
    table = write(tmp_path, "name,family,hex\nink,dark,#000000\nink,dark,#101030\nsnow,light,#fff")
    with pytest.raises(NamingError, match="line 4: '#fff' is no colour"):
        Naming.load(table)
    naming = Naming.load(write(tmp_path, "name,family,hex\nink,dark,#000000\nink,dark,#101030\n"))
    assert {naming.name([lightness, 0, 0])[0] for lightness in (0, 10, 99)} == {"ink"}


def test_equally_near_rows_give_the_earlier_name(tmp_path: Path) -> None:
    table = write(tmp_path, "name,family,hex\nfirst,a,#777777\nsecond,b,#777777\n")
    assert Naming.load(table).name([0.0, 0.0, 0.0]) == ("first", "a", "b", 0.5, 0.5)


def test_skin_and_hair_are_named_by_tone_whatever_the_table(tmp_path: Path) -> None:
    own = Naming.load(write(tmp_path, "name,family,hex\nhoney,sweet,#c89878\nink,dark,#101010\n"))
    skin, hair = ON_PEOPLE["skin"], ON_PEOPLE["hair"]
    labs = [(65.0, 16.0, 20.0), (65.0, 16.0, 20.0), (10.0, 1.0, 1.0), (10.0, 1.0, 1.0)]
    for naming in (own, Naming.load()):
        cloth, face, dark, head = naming.name_many(labs, [UNKNOWN, skin, UNKNOWN, hair])
        assert face == ("intermediate skin", "skin", None, 1.0, None)
        assert head == ("black hair", "hair", None, 1.0, None)
        assert [cloth, dark] == naming.name_many(labs[::2])
        assert naming.name_many(labs[:1], [skin]) == [face]
    assert own.name(labs[0]).name == "honey"


def test_the_version_follows_the_content_and_not_the_file(tmp_path: Path) -> None:
    text = "name,family,hex\nred,red,#ff0000\n"
    version = Naming.load(write(tmp_path, text)).version
    assert version.startswith("sha256:")
    assert len(version) == len("sha256:") + 12
    same = write(tmp_path, "\ufeff" + text.replace("\n", "\r\n").replace("ff0000", "FF0000"))
    assert Naming.load(same).version == version
    other = write(tmp_path, text.replace("ff0000", "fe0000"))
    assert Naming.load(other).version != version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column name, family, hex is missing"),
        ("name,hex\nred,#ff0000\n", "column family is missing"),
        ("name,family,hex\n", "holds no colours"),
        ("name,family,hex\nred,,#ff0000\n", "line 2: name and family must not be empty"),
        ("name,family,hex\nred\n", "line 2: name and family must not be empty"),
        ("name,family,hex\nred,red,red\n", "line 2: 'red' is no colour"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    table = write(tmp_path, text)
    with pytest.raises(NamingError, match=message) as caught:
        Naming.load(table)
    assert str(table) in str(caught.value)


def test_a_table_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(NamingError, match=r"nowhere\.csv: cannot read"):
        Naming.load(tmp_path / "nowhere.csv")
    (tmp_path / "names.csv").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(NamingError, match=r"names\.csv: cannot read"):
        Naming.load(tmp_path / "names.csv")
