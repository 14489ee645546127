#!/bin/bash
# Starts the database and the web server, and ends when either of them does: the container lives only as a whole.
set -euo pipefail

home=${APP_HOME:-/app}
conf=${MONGOD_CONF:-/etc/mongod.conf}
bind=${BIND:-0.0.0.0:9292}
declare -A pids=()
stopping=no

say() { # say LEVEL EVENT [NAME VALUE]: one JSON line, of words that need no quoting
  local more=${3:+",\"$3\":\"$4\""}
  printf '{"service":"monolith","event":"%s","level":"%s","timestamp":"%(%Y-%m-%dT%H:%M:%SZ)T"%s}\n' "$2" "$1" -1 "$more"
}

end() { # end NAME: ask it to stop, and wait until it has
  local pid=${pids[$1]:-}
  [[ -n $pid ]] || return 0
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  say info stopped process "$1"
  unset "pids[$1]"
}

stop() {
  stopping=yes
  # The web server first: what it still answers needs the database.
  end web
  end mongod
}

died() { # died PID: say which process it was, end the other one
  local name
  for name in "${!pids[@]}"; do
    [[ ${pids[$name]} == "$1" ]] && break
  done
  say critical "process died" process "$name"
  printf '%s died, so the container ends\n' "$name" >&2
  unset "pids[$name]"
  stop
  exit 1
}

trap 'stop; exit 0' TERM INT

set -a
# shellcheck source=/dev/null
. "$home/db_config"
set +a

export TZ=UTC
mongod --config "$conf" &
pids[mongod]=$!
gunicorn --config=python:reddit_common.gunicorn_conf --name=monolith --bind="$bind" 'monolith.app:main()' &
pids[web]=$!
say info started mongod "${pids[mongod]}"

gone=
wait -n -p gone "${pids[@]}" || true
[[ $stopping == yes ]] || died "$gone"
