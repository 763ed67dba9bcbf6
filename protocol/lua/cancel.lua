-- Cancel the jobs that are still open; those that are final stay as they are.
-- ARGV: ids
-- Returns how many were cancelled.
local cancelled = 0
for _, id in ipairs(ARGV) do
  local held = redis.call('HMGET', JOB .. id, 'state', 'deadline_ms')
  if open(held[1]) and not expire_if_late(id, held[1], held[2]) then
    finish(id, 'cancelled', '{}')
    cancelled = cancelled + 1
  end
end
announce()
return cancelled
