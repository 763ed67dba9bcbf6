-- Erase jobs with their overrides and, where one is named, their batch; what is still open is cancelled
-- first. Only the tombstones stay, so that a poll says 410 and not 404.
-- ARGV: batch id or '', ids of jobs
local function erase_overrides(id, owner)
  for _, override in ipairs(redis.call('ZRANGE', OVERRIDES_OF .. id, 0, -1)) do
    redis.call('ZREM', OVERRIDES_WAITING .. owner, override)
    redis.call('DEL', OVERRIDE .. override)
  end
  redis.call('DEL', OVERRIDES_OF .. id)
end

for i = 2, #ARGV do
  local id = ARGV[i]
  local held = redis.call('HMGET', JOB .. id, 'state', 'deadline_ms', 'owner')
  if open(held[1]) and not expire_if_late(id, held[1], held[2]) then
    finish(id, 'cancelled', '{}')
  end
  redis.call('ZREM', DEAD, id)
  redis.call('DEL', JOB .. id)
  erase_overrides(id, held[3] or '')
end
if ARGV[1] ~= '' then
  redis.call('DEL', BATCH .. ARGV[1])
end
announce()
