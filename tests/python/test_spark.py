"""Spark says what one machine says."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sendworthy as sw
from oracle.random_data import random_tables
from test_against_oracle import frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame, SparkSession

JAVA = shutil.which("java") or os.environ.get("JAVA_HOME")
pytestmark = [
    pytest.mark.skipif(not JAVA, reason="there is no Java, which Spark needs: install default-jre-headless"),
    pytest.mark.xdist_group("spark"),  # one session for all of them
    pytest.mark.filterwarnings("ignore"),  # of Spark about the versions of pandas and Python's sockets
]
NUMBERS = ("row", "related_row", "message")
"""What only one machine can say: a message names other records by number there."""
AS_OF = "2026-11-22T12:00:00Z"


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    root = Path(sw.__file__).parents[1]
    builder = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "3")
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    builder = builder.config("spark.executorEnv.PYTHONPATH", str(root))
    session = builder.config("spark.sql.session.timeZone", "America/New_York").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def spread(spark: SparkSession, table: pl.DataFrame, parts: int = 3) -> DataFrame:
    """The records in several partitions, none of them in order."""
    return spark.createDataFrame(table.to_arrow(compat_level=pl.CompatLevel.oldest())).repartition(parts)


def numbered(table: pl.DataFrame) -> pl.DataFrame:
    """With a column that says where a record stood."""
    return table.with_columns(Row__c=pl.int_range(pl.len()))


def rows_of(table: pl.DataFrame | DataFrame) -> Counter[str]:
    """Records whatever their order."""
    rows = table.rows() if isinstance(table, pl.DataFrame) else map(tuple, table.collect())
    return Counter(map(str, rows))


def told(table: pl.DataFrame | DataFrame) -> Counter[str]:
    """Findings whatever their order, without the numbers of records."""
    return rows_of(table.drop(*NUMBERS))


def assert_as_on_one_machine(spark: SparkSession, tables: dict[str, pl.DataFrame], **options: Any) -> Any:
    import sendworthy.spark

    tables = {name: table if name == "channels" else numbered(table) for name, table in tables.items()}
    parted = {name: table if name == "channels" else spread(spark, table) for name, table in tables.items()}
    order = {name: "Row__c" for name in parted if name != "channels"}
    one = sw.check(**tables, **options)
    report = sendworthy.spark.check(**parted, **options, order_by=order)
    assert report.skipped.filter(~pl.col("code").str.starts_with("F")).rows() == [
        row for row in one.skipped.rows() if not row[0].startswith("F")
    ]
    with report:
        difference = pl.concat([report.counts, one.counts]).filter(pl.struct(pl.all()).is_unique())
        assert difference.is_empty(), difference
        assert [(given["table"], given["rows"]) for given in report.inputs] == [
            (given["table"], given["rows"]) for given in one.inputs
        ]
        mine, theirs = told(one.findings), told(report.findings)
        assert mine == theirs, [*(mine - theirs), *(theirs - mine)][:4]
        assert report.ok is one.ok
        for name in {"users", "sessions"} & set(tables):
            split, expected = getattr(report, name), getattr(one, name)
            assert split.ready.columns == tables[name].columns
            assert rows_of(split.rejected) == rows_of(expected.rejected)
            assert rows_of(split.ready) == rows_of(expected.ready)
    return report


@pytest.mark.parametrize("seed", range(3))
def test_random_data(spark: SparkSession, seed: int) -> None:
    case = random_tables(seed, users=700, sessions=900, channels=9, existing=150)
    tables = {name: frame(table) for name, table in case.tables.items()}
    policy = sw.Policy(**{name: getattr(case.policy, name) for name in case.policy.__dataclass_fields__})
    assert_as_on_one_machine(
        spark,
        {name: table for name, table in tables.items() if table is not None},
        as_of=case.as_of,
        operation=case.operation,
        policy=policy,
        select=["C", "H", "U", "W", "S", "P"] if case.select_off else None,
    )


def crowded() -> dict[str, pl.DataFrame]:
    """One customer with most of the sessions, one Id for most users, one address for many, nulls for the rest."""
    data = sw.generate(users=1_500, sessions=2_500, seed=3, defect_rate=0.05)
    users, sessions = data.users.with_row_index("at"), data.sessions.with_row_index("at")
    busy = pl.col("MessagingEndUserId").filter(pl.col("at") == 7).first()
    one = {name: pl.col(name).filter(pl.col("at") == 7).first() for name in users.columns}
    few, many, none = pl.col("at") % 5 == 1, pl.col("at") % 2 == 0, pl.col("at") % 5 == 3
    address = ("MessagingPlatformKey", "MessagingChannelId", "MessageType")
    empty = pl.lit(None, pl.String)
    users = users.with_columns(
        pl.when(many).then(one["Id"]).when(none).then(empty).otherwise("Id").alias("Id"),
        *(pl.when(few).then(one[name]).otherwise(name).alias(name) for name in address),
    )
    sessions = sessions.with_columns(
        pl.when(few).then(pl.col("Id").first()).when(none).then(empty).otherwise("Id").alias("Id"),
        pl.when(many).then(busy).when(none).then(empty).otherwise("MessagingEndUserId").alias("MessagingEndUserId"),
    )
    return {"users": users.drop("at"), "sessions": sessions.drop("at"), "channels": data.channels}


def test_crowds_and_nulls(spark: SparkSession) -> None:
    tables = crowded()
    rule = sw.Rule(
        "X001", "users", "name-is-short", pl.col("Name").str.len_chars() < 12, "The name is long.", severity="error"
    )
    # Sessions that repeat an Id are left out of the others' rules also when the rule about them does not run.
    assert_as_on_one_machine(spark, tables, as_of=AS_OF, ignore="S205", rules=[rule], severity={"S102": "info"})


def test_order_and_partitions_do_not_show_and_nothing_is_brought_to_the_driver(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sendworthy.spark
    from pyspark.sql.classic.dataframe import DataFrame as Classic

    brought = []

    def counted(name: str) -> Any:
        real = getattr(Classic, name)

        def call(self: Any, *args: Any) -> Any:
            found = real(self, *args)
            brought.append(len(found))
            return found

        return call

    tables = crowded()
    found = []
    for parts, order in ((1, tables["users"]), (7, tables["users"].reverse())):
        users, sessions = (
            spread(spark, order, parts),
            spread(spark, tables["sessions"].sample(fraction=1, shuffle=True)),
        )
        with monkeypatch.context() as patch:
            for name in ("collect", "toArrow", "toPandas", "toLocalIterator"):
                patch.setattr(Classic, name, counted(name))
            report = sendworthy.spark.check(users, sessions, tables["channels"], as_of=AS_OF, partitions=parts)
            counts, findings = report.counts, report.findings
        found.append((counts.rows(), rows_of(findings)))
        assert sum(found[-1][1].values()) == counts["rows"].sum() > 2_000
    assert found[0] == found[1]
    # Empty tables for their columns, mixed channels, and a line per rule: no records.
    assert len(brought) >= 8
    assert sum(brought) < 250


def test_it_is_lazy_and_leaves_nothing_behind(spark: SparkSession) -> None:
    import sendworthy.spark

    tables = crowded()
    users, sessions = spread(spark, tables["users"]), spread(spark, tables["sessions"])
    report = sendworthy.spark.check(users, sessions, tables["channels"], as_of=AS_OF)
    context = spark.sparkContext
    context.setJobGroup("planned", "what is only planned")
    findings, ready = report.findings, report.users.ready
    assert context.statusTracker().getJobIdsForGroup("planned") == []
    assert findings.columns == [*sw.check(**tables, as_of=AS_OF).findings.columns]
    assert ready.columns == users.columns
    assert ready.limit(1).count() == 1
    assert context.statusTracker().getJobIdsForGroup("planned")
    cache = spark._jsparkSession.sharedState().cacheManager()  # noqa: SLF001  (Spark tells it nowhere else)
    with report:
        assert not cache.isEmpty()
    assert cache.isEmpty()


def test_a_report_is_asked_as_one_of_one_machine(spark: SparkSession) -> None:
    import sendworthy.spark

    tables = {name: numbered(table) for name, table in crowded().items()}
    users, sessions = spread(spark, tables["users"]), spread(spark, tables["sessions"])
    order = {"users": "Row__c", "sessions": "Row__c"}  # which of two equals is the first, decides what else they have
    report = sendworthy.spark.check(users, sessions, tables["channels"], as_of=AS_OF, order_by=order)
    one = sw.check(**tables, as_of=AS_OF)
    with report:
        worst = one.counts.filter(pl.col("rows") > 0).sort("rows")["code"][-1]
        found = one.findings.filter(code=worst)
        assert found.height > 3
        for code in (worst, found["name"][0]):
            some = report.samples(code)
            assert some.schema == one.findings.schema
            assert some.height == 3 * found["code"].n_unique()
            assert set(some["code"]) == {worst}
            assert set(some["record_id"]) <= set(found["record_id"])
        assert report.samples(worst, n=1).height == 1
        for level in ("error", "warning", "info"):
            assert report.worst_rows(level) == one.worst_rows(level) > 0
        with pytest.raises(
            sw.FindingsError, match=r"^not ready: [\d,]+ findings of severity warning or above$"
        ) as caught:
            report.raise_for_findings("warning")
        assert caught.value.report is report
        with pytest.raises(sw.ConfigError, match="level must be one of error, warning, info, not 'worse'"):
            report.worst_rows("worse")
        with report:  # kept already
            assert report.ok is False
    assert repr(report).startswith("<sendworthy.spark.SparkReport as of 2026-11-22T12:00:00")
    assert repr(report.users) == "<users: ready and rejected as Spark DataFrames>"


def plan_of(table: DataFrame, capsys: pytest.CaptureFixture[str]) -> str:
    table.explain()
    return capsys.readouterr().out


def test_only_rules_that_compare_records_move_them(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    import sendworthy.spark

    tables = crowded()
    users, sessions = (
        spark.createDataFrame(tables[name].to_arrow(compat_level=pl.CompatLevel.oldest()))
        for name in ("users", "sessions")
    )

    def exchanges(select: str | None) -> int:
        report = sendworthy.spark.check(users, sessions, tables["channels"], as_of=AS_OF, select=select)
        return plan_of(report.findings, capsys).count("Exchange hashpartitioning")

    assert exchanges("U1,S1,U106") == 3 - 1  # S102: repeated Ids, then customers
    assert exchanges("U101,S401,U106") == 0
    assert exchanges("U206") == 1
    assert exchanges(None) == 3


def test_records_that_meet_nobody_are_spread(spark: SparkSession) -> None:
    import sendworthy.spark
    from pyspark.sql import functions as sf

    names = [f"Customer {at}" for at in range(600)]
    users = pl.DataFrame({"Name": names, "MessageType": "Text"}).with_columns(
        pl.lit(None, pl.String).alias(name) for name in ("Id", "MessagingPlatformKey", "MessagingChannelId")
    )
    plan = sendworthy.spark.check(spread(spark, users), as_of=AS_OF)._plan  # noqa: SLF001  (where records go)
    from sendworthy.spark.executor import Wanted

    shaped = plan._shaped(plan.inputs[0], Wanted.COUNTS, whole=False, placed=True)  # noqa: SLF001
    for place in ("id_place", "other_place", "customer_place"):
        parts = shaped.repartition(4, place).groupBy(sf.spark_partition_id()).count().collect()
        sizes = [part["count"] for part in parts]
        assert sum(sizes) == 600
        assert max(sizes) < 200


def test_what_cannot_be_checked_is_refused(spark: SparkSession) -> None:
    import sendworthy.spark

    tables = crowded()
    users = spark.createDataFrame(tables["users"].head(20).to_arrow(compat_level=pl.CompatLevel.oldest()))
    check = sendworthy.spark.check
    for arguments, error, said in (
        ({}, sw.ConfigError, "nothing to check"),
        ({"users": users, "sends": tables["users"]}, sw.ConfigError, "sendworthy.check"),
        ({"users": tables["users"]}, sw.ConfigError, "not a Spark DataFrame"),
        ({"users": users, "order_by": {"users": "Nmae"}}, sw.ColumnError, "'Nmae'"),
        ({"users": users, "order_by": {"sessions": "Id"}}, sw.ConfigError, "'sessions'"),
        ({"users": users, "partitions": 0}, sw.ConfigError, "at least 1"),
        ({"users": users, "operation": "merge"}, sw.ConfigError, "operation"),
        ({"users": users, "select": "S3"}, sw.ConfigError, "no sessions were given"),
        ({"users": users.drop("MessagingPlatformKey")}, sw.ColumnError, "MessagingPlatformKey"),
        ({"users": users.limit(0), "channels": tables["channels"]}, sw.InputError, "no records"),
        ({"users": users, "channels": tables["channels"].clear()}, sw.InputError, "no records"),
        ({"users": users.select("*", users["Id"].alias("Id"))}, sw.ColumnError, "'Id'"),
    ):
        with pytest.raises(error, match=said):
            check(**arguments, as_of=AS_OF)
    report = check(users, as_of=AS_OF, select="U,F")
    assert report.skipped.filter(code="F101")["reason"].to_list() == [
        "Spark reads the files, so their bytes are not looked at"
    ]
