"""A secret comes from the variable, or from the data folder's file, or not at all."""

import pytest

from moderation.config import Settings, SettingsError

SECRET = "a secret that is more than long enough"


def test_the_file_in_the_data_folder_is_the_secret_when_no_variable_is(tmp_path):
    (tmp_path / "secret.key").write_text(f"{SECRET}\n")

    settings = Settings.from_env({"MODERATION_DATA_DIR": str(tmp_path)})

    assert settings.secret_key == SECRET


def test_the_variable_wins_over_the_file(tmp_path):
    (tmp_path / "secret.key").write_text("another secret that is long enough too")
    environ = {"MODERATION_DATA_DIR": str(tmp_path), "MODERATION_SECRET_KEY": SECRET}

    assert Settings.from_env(environ).secret_key == SECRET


@pytest.mark.parametrize("content", [None, "short"])
def test_without_a_usable_secret_production_does_not_start(tmp_path, content):
    if content:
        (tmp_path / "secret.key").write_text(content)

    with pytest.raises(SettingsError, match=r"SECRET_KEY|secret\.key"):
        Settings.from_env({"MODERATION_DATA_DIR": str(tmp_path)})
