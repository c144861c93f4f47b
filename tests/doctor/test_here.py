"""What is on this machine: settings, keys, database and disk."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.doctor.checks import database, keys, setup
from pinlabs_mailer.doctor.finding import State

from .scene import Scene

only_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
OK, WARNING, ERROR = State.OK, State.WARNING, State.ERROR


def test_a_database_of_this_version_that_keeps_what_it_is_told(scene: Scene) -> None:
    assert scene.states(database.check)["database.schema"] is OK


@only_sqlite
def test_sqlite_settings_that_are_right_pass(scene: Scene) -> None:
    assert set(scene.states(database.check).values()) == {OK}


@only_sqlite
def test_sqlite_without_its_log_is_told(scene: Scene) -> None:
    with scene.app.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
    found = scene.only(database.check, "database.durable")
    assert (found.state, "journal_mode is delete" in found.seen) == (WARNING, True)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_postgresql_that_may_forget_a_commit_is_told(scene: Scene) -> None:
    found = scene.only(database.check, "database.durable")
    assert (found.state, "fsync" in found.seen) == (WARNING, True)  # as tests have it


def test_a_schema_that_is_not_this_versions(scene: Scene) -> None:
    with writing(scene.app.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    (found,) = scene.look(database.check)
    assert (found.state, found.configuration) == (ERROR, True)


@only_sqlite
def test_room_on_the_disk_and_a_database_for_us_alone(scene: Scene) -> None:
    path = Path(str(scene.app.engine.url.database))
    path.chmod(0o600)
    assert set(scene.states(database.disk).values()) <= {OK, WARNING}
    path.chmod(0o644)
    found = scene.only(database.disk, "database.file")
    assert (found.state, f"chmod 600 {path}" in found.remedy) == (WARNING, True)


@pytest.mark.parametrize(("free", "state"), [(50, ERROR), (500, WARNING), (5000, OK)])
def test_a_disk_that_fills_up_is_told(free: int, state: State) -> None:
    assert database.room(free * 1_000_000, Path("/var/lib/news")).state is state


def test_settings_that_are_complete_pass(scene: Scene) -> None:
    assert scene.states(setup.check) == {"settings": OK}


@only_sqlite
@pytest.mark.parametrize("name", ["from_", "base_url", "smtp_url", "postal_address"])
def test_what_an_issue_needs_and_is_not_set(scene: Scene, name: str) -> None:
    scene.set(**{name: None})
    (found,) = scene.look(setup.check)
    assert (found.state, found.configuration) == (ERROR, True)
    assert f"PINLABS_{name.strip('_').upper()} is not set" in found.seen


@only_sqlite
def test_a_key_of_few_signs_may_be_guessed(scene: Scene) -> None:
    scene.set(secret_keys=("a" * 32, "b1!" * 20))
    found = scene.only(keys.check, "keys.strength")
    assert (found.state, "Key number 1" in found.seen) == (WARNING, True)
    assert "aaaa" not in str(found)


@only_sqlite
def test_no_key_is_made_by_looking(scene: Scene) -> None:
    scene.set(secret_keys=None)
    beside = Path(str(scene.app.engine.url.database)).with_suffix(".keys")
    assert scene.states(keys.check)["keys.strength"] is OK
    assert not beside.exists()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_postgresql_needs_keys_that_are_set(scene: Scene) -> None:
    scene.set(secret_keys=None)
    found = scene.only(keys.check, "keys.strength")
    assert (found.state, found.configuration) == (ERROR, True)


@only_sqlite
@pytest.mark.parametrize(("mode", "state"), [(0o600, OK), (0o640, WARNING), (0o644, ERROR)])
def test_the_file_of_keys_is_for_us_alone(scene: Scene, mode: int, state: State) -> None:
    scene.set(secret_keys=None, dkim_key=None)
    _ = scene.app.signer  # makes the file
    beside = Path(str(scene.app.engine.url.database)).with_suffix(".keys")
    beside.chmod(mode)
    assert scene.states(keys.check)["keys.files"] is state


@only_sqlite
def test_a_dkim_key_that_everybody_can_read(scene: Scene, tmp_path: Path) -> None:
    key = tmp_path / "open.pem"
    key.touch()
    key.chmod(0o604)
    scene.set(dkim_key=str(key))
    found = scene.only(keys.check, "keys.files")
    assert (found.state, found.remedy) == (ERROR, f"chmod 600 {key}")


@only_sqlite
def test_settings_with_a_password_that_everybody_can_read(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "pinlabs-mailer.toml"
    file.write_text('smtp_url = "smtps://pin:secret@relay.test"\n')
    file.chmod(0o644)
    read = settings.load(os.environ, None, tmp_path)
    kept = scene.app.settings
    app = App(replace(kept, origins={**kept.origins, **read.origins}), scene.app.clock)
    scene.app.close()
    scene.app = app
    found = scene.only(keys.check, "keys.files")
    assert (found.state, str(file) in found.seen) == (ERROR, True)
    assert "secret" not in found.seen
