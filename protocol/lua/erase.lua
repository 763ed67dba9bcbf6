-- Erase jobs and, where one is named, their batch; what is still open is cancelled first. Only the
-- tombstones stay, so that a poll says 410 and not 404.
-- ARGV: batch id or '', ids of jobs
for i = 2, #ARGV do
  local id = ARGV[i]
  local held = redis.call('HMGET', JOB .. id, 'state', 'deadline_ms')
  if open(held[1]) and not expire_if_late(id, held[1], held[2]) then
    finish(id, 'cancelled', '{}')
  end
  redis.call('ZREM', DEAD, id)
  redis.call('DEL', JOB .. id)
end
if ARGV[1] ~= '' then
  redis.call('DEL', BATCH .. ARGV[1])
end
announce()
