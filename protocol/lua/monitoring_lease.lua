-- Become the one that makes the next report of monitoring when it is due, or stay that for longer.
-- ARGV: token, ms between two reports
-- Returns 1, or 0 while another is it or none is due.
local holder = redis.call('GET', MONITOR)
if holder and holder ~= ARGV[1] then
  return 0
end
local made_ms = tonumber(redis.call('HGET', MONITORING, 'made_ms') or 0)
if not holder and now < made_ms + tonumber(ARGV[2]) then
  return 0
end
redis.call('SET', MONITOR, ARGV[1], 'PX', MONITOR_MS)
return 1
