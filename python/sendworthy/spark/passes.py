"""How records are parted so that every rule sees in one part all the records that it compares.

| pass | records | meet by | rules of scope |
|---|---|---|---|
| addresses | users, existing users | channel and address | record, channel, address |
| session Ids | sessions | Id | record, id |
| customers | all three | the user's Id | customer, and id of users |

A pass without a rule that compares records moves nothing. Within a part the records are in order of the columns that
the caller names, then of a hash of all their values: so the same data give the same findings, whatever the partitions
are and however often Spark computes them anew. Records that cannot meet others are spread by that hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from sendworthy import _core
from sendworthy.names import CHECK_ORDER
from sendworthy.spark.executor import TOLD, Facts, Pass, Places, Wanted, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import StructType

_FOUND = f"array<struct<{','.join(f'{name}:string' for name in TOLD)}>>"
_FACTS = "channel binary, rows bigint, ids bigint, plus bigint, bare bigint"
_TALLY = "struct<slot:string,of:string,code:string,rows:bigint,checked:bigint>"
_UNHASHABLE = ("map<", "variant", "interval")
_USERS = ("users", "existing_users")
#: Where findings wait until a report asks for them, one column per pass that a record goes through.
SLOTS = ("found_1", "found_2")


class _Step(NamedTuple):
    """A pass, the column that says where its records meet, and whether they have to meet at all."""

    job: Pass
    place: str
    shuffle: bool


@dataclass(frozen=True)
class Input:
    """A table as it was given.

    Attributes:
        name: users, sessions or existing_users.
        data: The records, columns renamed to ``c0``, ``c1`` ... since headers may hold anything.
        headers: The columns' own names.
        order_by: Columns of ``data`` that say which record comes first.
    """

    name: str
    data: DataFrame
    headers: tuple[str, ...]
    order_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The passes of a check.

    Attributes:
        inputs: The tables.
        work: What executors have to know.
        partitions: How many parts a shuffle makes; Spark's own number if not given.
        running: Code and table of every rule that runs.
    """

    inputs: Sequence[Input]
    work: Work
    partitions: int | None = None
    running: Collection[tuple[str, str]] = ()

    @cached_property
    def _scopes(self) -> dict[str, str]:
        """Scopes by code; rules of the user's own look at one record."""
        return {rule["code"]: rule["scope"] for rule in _core.rules()}

    def _codes(self, tables: Collection[str], scopes: Collection[str]) -> tuple[str, ...]:
        """The rules that run on one of the tables and see so much."""
        found = (code for code, table in self.running if table in tables and self._scopes.get(code, "record") in scopes)
        return tuple(dict.fromkeys(found))

    def judged(self, wanted: Wanted, *, whole: bool) -> DataFrame:
        """Records with what was found about them, and counts, as rows of one DataFrame.

        Args:
            wanted: What for.
            whole: Carry every column along, and not only those that rules look at.
        """
        addresses, session_ids, customers = self._steps(wanted)
        placed = addresses.shuffle or session_ids.shuffle or customers.shuffle
        records = {table.name: self._shaped(table, wanted, whole=whole, placed=placed) for table in self.inputs}
        users = [records[name] for name in _USERS if name in records]
        sessions = [records["sessions"]] if "sessions" in records else []
        first = [
            self._run(step, _together(given)) for step, given in ((addresses, users), (session_ids, sessions)) if given
        ]
        return self._run(customers, _together(first))

    def _steps(self, wanted: Wanted) -> tuple[_Step, _Step, _Step]:
        late = (*self._codes(("users",), {"id", "customer"}), *self._codes(("sessions",), {"customer"}))
        ids = self._codes(("sessions",), {"id"})
        # A session that repeats an Id is no second session of its customer: that is found out before, for all rules.
        repeats = next(
            (rule["code"] for rule in _core.rules() if (rule["table"], rule["scope"]) == ("sessions", "id")), None
        )
        if not self._codes(("sessions",), {"customer"}):
            repeats = None
        compared = tuple(dict.fromkeys((*ids, *([repeats] if repeats else ()))))
        early = self._codes(_USERS, {"record", "channel", "address"})
        one_by_one = self._codes(("sessions",), {"record"})
        first, second = SLOTS
        return (
            _Step(
                Pass(self.work, early, wanted, first, last=not late),
                "other_place",
                shuffle=bool(self._codes(_USERS, {"address"})),
            ),
            _Step(
                Pass(
                    self.work,
                    (*one_by_one, *compared),
                    wanted,
                    first,
                    not late,
                    repeats,
                    None if repeats in ids else repeats,
                ),
                "id_place",
                shuffle=bool(compared),
            ),
            _Step(Pass(self.work, late, wanted, second, last=True), "customer_place", shuffle=bool(late)),
        )

    def facts(self, name: str) -> tuple[int, int, list[tuple[bytes, int, int]]]:
        """Records of a table, those with a readable Id, and the channels with both forms of WhatsApp numbers."""
        from pyspark.sql import functions as sf

        table = next(table for table in self.inputs if table.name == name)
        counted = table.data.select(self._keys(name)).mapInArrow(Facts(self.work, name), _FACTS)
        sums = [sf.sum(column).alias(column) for column in ("rows", "ids", "plus", "bare")]
        whole = counted.groupBy("channel").agg(*sums)
        lines = whole.where("channel is null or (plus > 0 and bare > 0)").collect()
        rows, ids = (sum(line[at] for line in lines if line["channel"] is None) for at in ("rows", "ids"))
        forms = [(bytes(line["channel"]), line["plus"], line["bare"]) for line in lines if line["channel"] is not None]
        return rows, ids, forms

    def _run(self, step: _Step, records: DataFrame) -> DataFrame:
        if not step.job.codes:
            return records
        if step.shuffle:
            by = [name for name in records.columns if name.startswith("by_")]
            if self.partitions is None:
                records = records.repartition(step.place)
            else:
                records = records.repartition(self.partitions, step.place)
            records = records.sortWithinPartitions("table", *by, "hash")
        return records.mapInArrow(step.job, _nullable(records))

    def _shaped(self, table: Input, wanted: Wanted, *, whole: bool, placed: bool) -> DataFrame:
        """The records of a table in the shape that passes take and give."""
        from pyspark.sql import functions as sf

        columns = self.work.tables[table.name].needed.values()
        kept = table.data.columns if whole else [f"c{at}" for at in sorted(columns)]
        data = table.data.withColumn("hash", _content(table.data))
        places = ("id_place", "other_place")
        if placed:
            data = data.withColumn("place", _arrow_function(Places(self.work, table.name))(self._keys(table.name)))
            data = data.withColumns({place: sf.col(f"place.{place[:-6]}") for place in places})
        else:
            data = data.withColumns(dict.fromkeys(places, sf.col("hash")))
        shaped = [
            sf.lit(CHECK_ORDER.index(table.name)).cast("tinyint").alias("table"),
            *(sf.col(name).alias(f"by_{table.name}_{at}") for at, name in enumerate(table.order_by)),
            sf.col("hash"),
            # Who meets nobody is spread.
            *(sf.coalesce(place, "hash").alias(place) for place in places),
            sf.coalesce("other_place" if table.name == "sessions" else "id_place", "hash").alias("customer_place"),
            sf.struct(*kept).alias(table.name),
            sf.lit(False).alias("repeated"),
            sf.lit(True).alias("ready"),
            # Empty, not null: Spark asks for a batch's size at every row, and Arrow goes through all nulls each time.
            *(sf.array().cast(_FOUND).alias(slot) for slot in SLOTS if wanted is Wanted.FINDINGS),
            sf.lit(None).cast(_TALLY).alias("tally"),
        ]
        return data.select(*shaped)

    def _keys(self, name: str) -> Column:
        """The columns that tell where the records of a table meet."""
        from pyspark.sql import functions as sf

        needed = self.work.tables[name].needed
        return sf.struct(*(f"c{needed[header]}" for header in self.work.engine().place_columns(name)))


def _together(parts: Sequence[DataFrame]) -> DataFrame:
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)


def _content(data: DataFrame) -> Column:
    """A number made of all values of a record. Hashing leaves nulls out, so it is told where they are."""
    from pyspark.sql import functions as sf

    parts: list[Column] = []
    for name, kind in data.dtypes:
        value = sf.col(name)
        parts += [value.isNull(), value.cast("string") if any(one in kind for one in _UNHASHABLE) else value]
    return sf.xxhash64(*parts)


def _arrow_function(places: Places) -> Callable[[Column], Column]:
    """A function of columns that Spark calls with Arrow batches."""
    import pyarrow as pa
    from pyspark.sql import functions as sf

    def compute(columns: Any) -> Any:
        yield from places(columns)

    # By its types Spark tells what to call it with.
    compute.__annotations__ = {"columns": Iterator[pa.Array], "return": Iterator[pa.Array]}
    function: Callable[[Column], Column] = sf.arrow_udf(compute, "id bigint, other bigint")  # type: ignore[attr-defined]
    return function


def _nullable(records: DataFrame) -> StructType:
    """The schema of records among which there are counts, which have none of the columns of records."""
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(column.name, column.dataType, nullable=True) for column in records.schema])
