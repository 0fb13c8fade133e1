"""What the tests run on: each of xdist's workers has a Redis database of its own, which it empties."""

import pytest

from tests.servers import database_of


@pytest.mark.parametrize(
    ("given", "third"),
    [
        ("redis://h:6379", "redis://h:6379/3"),
        ("redis://h:6379/", "redis://h:6379/3"),
        ("redis://:p%2Fw@h:6379/0", "redis://:p%2Fw@h:6379/3"),
        ("redis://h:6379?db=0", "redis://h:6379/3"),
        ("rediss://u:p@h:6379/3?ssl_cert_reqs=none", "rediss://u:p@h:6379/3?ssl_cert_reqs=none"),
        ("rediss://h/0?ssl_cert_reqs=none&db=1", "rediss://h/3?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=3"),
        ("unix://:p@/run/redis.sock?db=12", "unix://:p@/run/redis.sock?db=3"),
    ],
)
def test_the_number_of_the_database_is_replaced_however_the_address_is_written(given, third):
    assert database_of(given, 3) == third
