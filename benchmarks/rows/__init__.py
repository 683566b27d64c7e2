"""The rows: each a module whose ``measure(plan)`` gives lines of the table."""

ROWS = {
    "conversation": "benchmarks.rows.conversation",
    "pairs": "benchmarks.rows.pairs",
    "group": "benchmarks.rows.group",
    "fan-out": "benchmarks.rows.fan_out",
    "overhead": "benchmarks.rows.overhead",
    "ray-pair": "benchmarks.rows.ray_pair",
    "ray-many": "benchmarks.rows.ray_many",
    "ray-one-host": "benchmarks.rows.ray_one_host",
    "ray-fan-out": "benchmarks.rows.ray_fan_out",
    "data-sessions": "benchmarks.rows.data_sessions",
    "spawn": "benchmarks.rows.spawn",
    "memory": "benchmarks.rows.memory",
    "import": "benchmarks.rows.import_time",
    "sandbox": "benchmarks.rows.sandbox",
    "limits": "benchmarks.rows.limits",
    "users": "benchmarks.rows.passing_users",
    "library": "benchmarks.rows.library",
    "others": "benchmarks.rows.others",
}
