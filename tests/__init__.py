"""The tests. Property tests run against no clock, since the machines that run them are shared."""

from hypothesis import HealthCheck, settings

settings.register_profile("tellusonce", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tellusonce")
