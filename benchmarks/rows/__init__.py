"""The rows: each a module whose ``measure(plan)`` gives lines of the table."""

ROWS = {
    "conversation": "benchmarks.rows.conversation",
    "pairs": "benchmarks.rows.pairs",
    "ray-pair": "benchmarks.rows.ray_pair",
    "ray-many": "benchmarks.rows.ray_many",
    "ray-one-host": "benchmarks.rows.ray_one_host",
    "spawn": "benchmarks.rows.spawn",
    "memory": "benchmarks.rows.memory",
    "import": "benchmarks.rows.import_time",
    "limits": "benchmarks.rows.limits",
    "others": "benchmarks.rows.others",
}
