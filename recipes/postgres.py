"""Checks users that are staged in PostgreSQL, without pandas: python postgres.py URI [FOLDER].

Needs adbc-driver-postgresql. Exit status as of ``sendworthy check``: 0, 1 for findings, 2 when it could not run.
"""

from __future__ import annotations

import sys

import adbc_driver_postgresql.dbapi as adbc
import sendworthy as sw

# Columns get the names of Salesforce fields here, or with columns={"users": {"MessagingPlatformKey": "phone"}} below.
# The order makes record numbers mean the same in every run.
QUERY = """
    select phone as "MessagingPlatformKey", channel_id as "MessagingChannelId", message_type as "MessageType",
           customer as "Name", consent as "MessagingConsentStatus"
      from staged_messaging_user
  order by id
"""


def main(uri: str, folder: str = "checked") -> int:
    """Check the staging table and write what may be loaded."""
    try:
        with adbc.connect(uri) as connection, connection.cursor() as cursor:
            cursor.execute(QUERY)
            report = sw.check(users=cursor.fetch_arrow(), operation="insert")
            report.write(folder)
    except (adbc.Error, sw.SendworthyError, OSError) as error:
        print(f"The check did not run: {error}", file=sys.stderr)
        return 2
    print(report.to_text())
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
