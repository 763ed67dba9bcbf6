-- Write the answers of claimed jobs. The first write wins; a worker that was paused past its lease
-- is fenced off, because its attempt is no longer the job's.
-- ARGV: id, attempt, final state, answer, evidence or '', id, attempt ...
-- Returns how many answers were taken.
local taken = 0
for i = 1, #ARGV, 5 do
  local held = redis.call('HMGET', JOB .. ARGV[i], 'state', 'attempt', 'deadline_ms')
  if held[1] == 'running' and held[2] == ARGV[i + 1]
     and not expire_if_late(ARGV[i], held[1], held[3]) then
    finish(ARGV[i], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
    taken = taken + 1
  end
end
announce()
return taken
