# The golden bundle's own tests are text to compare here; tests/generated runs such tests.
collect_ignore = ["loans-3"]
