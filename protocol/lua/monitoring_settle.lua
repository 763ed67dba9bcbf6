-- Note that a report is on the disk and the levels it has, and tell the webhooks of a client when
-- something came to a worse level: in one step, so that a crossing is told once. Then give the lease back.
-- ARGV: token, the levels (JSON), id of the event or '', the report's level, client
-- Returns 1, or 0 when the lease was over and nothing was noted.
if redis.call('GET', MONITOR) ~= ARGV[1] then
  return 0
end
redis.call('DEL', MONITOR)
redis.call('HSET', MONITORING, 'made_ms', now, 'levels', ARGV[2])
if ARGV[3] ~= '' then
  local event = MONITORING_EVENT .. ARGV[3]
  redis.call('HSET', event, 'state', ARGV[4], 'finished_ms', now)
  redis.call('PEXPIRE', event, OUTBOX_MS)
  tell(ARGV[3], ARGV[5])
end
return 1
