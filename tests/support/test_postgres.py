"""The private PostgreSQL, tried with psycopg."""

import psycopg
import pytest

from tests.support.postgres import Postgres


def test_every_database_starts_out_alone(postgres: Postgres) -> None:
    with postgres.database() as first, postgres.database() as second:
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE note (text text)")
        with psycopg.connect(second) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM note")


def test_a_restart_cuts_connections_and_keeps_what_was_committed(postgres: Postgres) -> None:
    with postgres.database() as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.commit()
        postgres.restart()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT * FROM note")
        with psycopg.connect(url) as again:
            assert again.execute("SELECT count(*) FROM note").fetchone() == (0,)
