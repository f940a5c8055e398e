# Sourced by the run.sh of every platform after ../../kits/lib.sh.
# BODIES is the file that gets the events; ROUNDS how often each fault happens in each release.

need DSN BODIES
ROUNDS=${ROUNDS:-12}
export ROUNDS
# The same place for both releases, as on a server.
APP=$WORKDIR/planted/$(basename "$HERE")
rm -rf "$APP"
mkdir -p "$APP"

# release NUMBER: puts the program as it was in that release into $APP.
release() {
  RELEASE=shop@$1.0.0
  export RELEASE
  python3 "$HERE/../release.py" "$1" "$HERE" "$APP" || exit 2
}
