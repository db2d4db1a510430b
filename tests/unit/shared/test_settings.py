"""What the environment says, what it may not say, and what stands when it says nothing."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import AliasChoices, ValidationError

from shared.errors import SettingsError
from shared.fetch_settings import AllowedNetwork
from shared.secret_files import SECRETS
from shared.settings import RENAMED, Settings, get_settings


def test_without_any_variable_everything_stays_below_one_folder() -> None:
    settings = get_settings()

    assert settings.home == Path("colourway-data")
    assert settings.database_url == "sqlite:///colourway-data/colourway.db"
    assert settings.storage == "colourway-data/pictures"
    assert settings.broker_url == "redis://localhost:6379/0"


def test_the_documented_limits_are_the_defaults() -> None:
    settings = get_settings()

    assert (settings.fetch_timeout_s, settings.max_redirects, settings.fetch_threads) == (20, 5, 4)
    assert (settings.max_image_bytes, settings.max_image_pixels) == (20_000_000, 60_000_000)
    assert (settings.chunk_size, settings.lease_s, settings.max_attempts) == (64, 600, 3)
    assert (settings.backoff_s, settings.redispatch_after_s) == (30, 300)
    assert (settings.allowed_networks, settings.log_format) == ((), "auto")
    assert (settings.weights, settings.naming) == (None, None)


def test_home_moves_what_is_not_placed_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOURWAY_HOME", "/srv/colourway")
    monkeypatch.setenv("COLOURWAY_STORAGE", "s3://crops/shop")

    settings = get_settings()

    assert settings.database_url == "sqlite:////srv/colourway/colourway.db"
    assert settings.storage == "s3://crops/shop"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/shop", "postgresql+psycopg://u:p@db/shop"),
        ("postgresql://db/shop?sslmode=require", "postgresql+psycopg://db/shop?sslmode=require"),
        ("postgresql+psycopg://db/shop", "postgresql+psycopg://db/shop"),
        ("sqlite:////var/lib/colourway.db", "sqlite:////var/lib/colourway.db"),
    ],
)
def test_database_urls_name_their_driver(
    monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)

    assert get_settings().database_url == used
    assert get_settings(database_url=given).database_url == used


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOURWAY_LEASE_S", "")
    monkeypatch.setenv("DATABASE_URL", "")

    assert get_settings() == Settings()


def test_networks_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOURWAY_ALLOWED_NETWORKS", "10.1.0.0/16, ::1/128,")

    assert get_settings().allowed_networks == (
        AllowedNetwork(ip_network("10.1.0.0/16")),
        AllowedNetwork(ip_network("::1/128")),
    )


def test_a_network_may_name_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOURWAY_ALLOWED_NETWORKS", "10.1.0.0/16:8080,[fd12::/16]:443,10.2.0.1:80")
    networks = get_settings().allowed_networks
    assert networks == (
        AllowedNetwork(ip_network("10.1.0.0/16"), 8080),
        AllowedNetwork(ip_network("fd12::/16"), 443),
        AllowedNetwork(ip_network("10.2.0.1/32"), 80),
    )
    shown = ["10.1.0.0/16:8080", "[fd12::/16]:443", "10.2.0.1/32:80"]
    assert [str(one) for one in networks] == shown


def test_every_number_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOURWAY_MAX_ATTEMPTS", "5")
    monkeypatch.setenv("COLOURWAY_FETCH_TIMEOUT_S", "2.5")
    monkeypatch.setenv("COLOURWAY_MAX_REDIRECTS", "0")

    settings = get_settings()

    assert (settings.max_attempts, settings.fetch_timeout_s, settings.max_redirects) == (5, 2.5, 0)


@pytest.mark.parametrize(("given", "batch"), [("auto", "auto"), ("1", 1), ("64", 64)])
def test_a_batch_is_a_number_of_pictures_or_left_to_the_device(
    given: str, batch: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLOURWAY_BATCH", given)

    assert get_settings().batch == get_settings(batch=batch).batch == batch


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("DATABASE_URL", "mysql://db/shop", "must begin with postgresql:// or sqlite:///"),
        ("DATABASE_URL", "postgresql://shop:a@b@db/shop", "must have %40 there"),
        ("DATABASE_URL", "shop.db", "must begin with postgresql:// or sqlite:///"),
        ("COLOURWAY_STORAGE", "gs://bucket", "must be a folder or s3://bucket/prefix"),
        ("COLOURWAY_STORAGE", "s3:///prefix", "must name a bucket"),
        ("COLOURWAY_STORAGE", "s3://", "must name a bucket"),
        ("COLOURWAY_ALLOWED_NETWORKS", "10.0.0.1/8", "10.0.0.1/8 has host bits set"),
        ("COLOURWAY_ALLOWED_NETWORKS", "localhost", "write networks such as 10.1.0.0/16"),
        ("COLOURWAY_ALLOWED_NETWORKS", "10.0.0.0/8:70000", "there is no port 70000"),
        ("COLOURWAY_MAX_ATTEMPTS", "0", "greater than or equal to 1"),
        ("COLOURWAY_LEASE_S", "soon", "valid number"),
        ("COLOURWAY_LOG_FORMAT", "xml", "'auto', 'json' or 'console'"),
        *(
            ("COLOURWAY_BATCH", batch, "must be auto, or a number from 1 to 64")
            for batch in ("0", "65", "-1", "8.0", "true", "all")
        ),
        ("COLOURWAY_BATCH_WAIT_S", "-0.1", "greater than or equal to 0"),
    ],
)
def test_nonsense_is_told_by_the_variables_own_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError) as caught:
        get_settings()

    assert str(caught.value).startswith(f"check these settings: {variable}: ")
    assert complaint in str(caught.value)


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOURWAY_CHUNK_SIZE", "0")
    monkeypatch.setenv("COLOURWAY_LEASE_S", "-1")

    with pytest.raises(SettingsError, match=r"COLOURWAY_CHUNK_SIZE: .*; COLOURWAY_LEASE_S: "):
        get_settings()


def test_passwords_appear_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://shop:hunter2@db/shop")
    with pytest.raises(SettingsError) as caught:
        get_settings()
    assert "hunter2" not in str(caught.value)

    settings = get_settings(
        database_url="postgresql://shop:hunter2@db/shop", broker_url="redis://:hunter2@broker/0"
    )
    assert "hunter2" not in repr(settings)


def test_settings_do_not_change_under_a_running_process() -> None:
    settings = get_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.lease_s = 1.0  # type: ignore[misc]


@pytest.fixture
def unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget which new names were said already."""
    monkeypatch.setattr("shared.settings._said", set[str]())


@pytest.mark.usefixtures("unsaid")
def test_a_renamed_setting_is_read_by_its_earlier_name_and_says_its_new_one_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLOURWAY_RING_AGAIN_S", "7")

    assert get_settings().redispatch_after_s == get_settings().redispatch_after_s == 7
    assert capsys.readouterr() == (
        "",
        "colourway: COLOURWAY_RING_AGAIN_S is now called COLOURWAY_REDISPATCH_AFTER_S\n",
    )


@pytest.mark.usefixtures("unsaid")
def test_the_earlier_name_is_ignored_where_both_are_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLOURWAY_RING_AGAIN_S", "7")
    monkeypatch.setenv("COLOURWAY_REDISPATCH_AFTER_S", "9")

    assert get_settings().redispatch_after_s == 9
    assert capsys.readouterr().err == (
        "colourway: COLOURWAY_RING_AGAIN_S is now called COLOURWAY_REDISPATCH_AFTER_S, "
        "which is set too: the old one is ignored\n"
    )


@pytest.mark.usefixtures("unsaid")
@pytest.mark.parametrize("name", ["COLOURWAY_RING_AGAIN_S", "COLOURWAY_REDISPATCH_AFTER_S"])
def test_an_error_names_the_variable_that_was_set(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "soon")

    with pytest.raises(SettingsError, match=f"check these settings: {name}: "):
        get_settings()


def test_every_renamed_setting_has_a_field_that_reads_both_names() -> None:
    for old, new in RENAMED.items():
        field = new.removeprefix("COLOURWAY_").lower()
        alias = Settings.model_fields[field].validation_alias
        assert isinstance(alias, AliasChoices)
        assert alias.choices == [new, old]


def test_what_is_stored_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().store == ("cutout", "outfit")
    monkeypatch.setenv("COLOURWAY_STORE", " cutout, thumbnail ,crop")
    assert get_settings().store == ("cutout", "thumbnail", "crop")


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("COLOURWAY_STORE", "crop,thumbnail", "COLOURWAY_STORE: must hold cutout"),
        ("COLOURWAY_STORE", "cutout,sheet", "COLOURWAY_STORE: Input should be 'cutout', 'outfit'"),
        ("COLOURWAY_CUTOUT_FORMAT", "avif", "COLOURWAY_CUTOUT_FORMAT: Input should be 'webp'"),
        ("COLOURWAY_CROP_SIDE", "16384", "COLOURWAY_CROP_SIDE: Input should be less than"),
        ("COLOURWAY_CROP_SIDE", "0", "COLOURWAY_CROP_SIDE: Input should be greater than"),
    ],
)
def test_what_cannot_be_stored_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=complaint):
        get_settings()


@pytest.mark.parametrize(("field", "variable"), SECRETS.items())
def test_a_secret_may_stand_in_a_file(
    field: str, variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = {
        "database_url": "sqlite:///a.db",
        "broker_url": "redis://:word@broker:1/0",
        "fetch_proxy": "http://user:word@proxy:1",
    }
    value = values.get(field, "0123456789abcdef")
    file = tmp_path / "secret"
    file.write_text(f"{value}\n", encoding="utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(file))

    settings = get_settings()

    assert getattr(settings, field) == value
    assert value not in repr(settings)
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"set {variable} or {variable}_FILE, not both"):
        get_settings()


def test_a_file_of_a_secret_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, content, reason in (
        ("none", None, "No such file"),
        ("empty", b"\n", "is empty"),
        ("latin", b"\xe9", "it is not UTF-8"),
        ("short", b"0123", "at least 16 characters"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        monkeypatch.setenv("COLOURWAY_EVENTS_TOKEN_FILE", str(tmp_path / name))
        with pytest.raises(SettingsError, match=reason) as caught:
            get_settings()
        assert "COLOURWAY_EVENTS_TOKEN" in str(caught.value)


def test_no_setting_whose_name_is_a_secrets_is_missing_in_the_list() -> None:
    hidden = {name for name, field in Settings.model_fields.items() if not field.repr}
    assert hidden == set(SECRETS)
    assert {name for name in Settings.model_fields if name.endswith(("token", "secret"))} <= hidden
