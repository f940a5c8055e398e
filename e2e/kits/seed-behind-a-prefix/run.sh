#!/bin/bash
# The handmade clients again, at the address most clients of 2010 were configured with: Sentry lived
# below a path of the application, http://host/sentry/store/.
export SEED_PATH=/sentry/store/
exec bash "$(dirname "$0")/../seed-handmade/run.sh"
