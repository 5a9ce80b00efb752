#!/usr/bin/env bash
# Lets a job go on only with sound data:  gate.sh USERS CHANNELS && next-step
set -u

# Standard output is the report; --write puts aside what can be loaded and what cannot, with the reasons.
sendworthy check --users "$1" --channels "$2" --operation insert --write checked --no-progress
status=$?

case $status in
  0) echo "Sound: load checked/users.ready*.csv." >&2 ;;
  1) echo "Findings: send checked/users.rejected.csv back to the owner of the data." >&2 ;;
  130) echo "Stopped by hand: start again." >&2 ;;
  *) echo "The check did not run: mend the job, nothing is known of the data." >&2 ;;
esac
exit $status
