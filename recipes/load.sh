#!/usr/bin/env bash
# From an extract to the org:  load.sh USERS CHANNELS ORG
# With PARTIAL=yes it loads the sound records although others were rejected; then the status is still 1.
set -uo pipefail
users=$1 channels=$2 org=$3

sendworthy check --users "$users" --channels "$channels" --operation insert --write checked --no-progress
status=$?
if [ $status -gt 1 ]; then exit $status; fi
if [ $status -eq 1 ] && [ "${PARTIAL:-no}" != yes ]; then exit 1; fi

# A header that Bulk API refuses is a finding of the file, not of its records: what is ready has to pass by itself.
if [ $status -eq 1 ]; then
  sendworthy check --users 'checked/users.ready*.csv' --channels "$channels" --operation insert --quiet >/dev/null || exit
fi

for part in checked/users.ready*.csv; do
  sf data import bulk --sobject MessagingEndUser --file "$part" --line-ending LF --column-delimiter COMMA \
    --target-org "$org" --wait 60 || exit 2
done
exit $status
