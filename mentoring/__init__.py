"""The platform under the apps: tenancy, outbox, jobs, charts and embedded servers."""

import zoneinfo

# The pinned tzdata package, never the system's copy: Debian's is behind, and some zones really differ.
zoneinfo.reset_tzpath(to=[])
