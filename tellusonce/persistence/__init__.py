"""PostgreSQL: the only truth. Core and plain SQL for the flow, batched by `unnest`; no ORM."""
