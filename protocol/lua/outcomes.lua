-- Record what became of loans: all of these outcomes or none. An outcome that equals the one recorded
-- last of its score is no second record, for as long as that one is remembered. A score that this Redis
-- knows nothing of may be in the archive: its outcome is recorded, and matched there.
-- ARGV: owner, who says so, then for each outcome the id of its score, 1 for a default or 0, and the day it
--       was observed on
-- Returns {records made, repeated, number of a faulty outcome counted from 0, what is wrong, ...}. With a
-- fault nothing is recorded. What is wrong is
--   not-found   the score is another owner's
--   not-scored  it has no decision
local owner, actor = ARGV[1], ARGV[2]
local faults = {}

for i = 3, #ARGV, 3 do
  local held = redis.call('HMGET', JOB .. ARGV[i], 'owner', 'state')
  local whose = held[1] or redis.call('GET', GONE .. ARGV[i])
  if whose and whose ~= owner then
    faults[#faults + 1] = (i - 3) / 3
    faults[#faults + 1] = 'not-found'
  elseif held[2] and held[2] ~= 'succeeded' then
    faults[#faults + 1] = (i - 3) / 3
    faults[#faults + 1] = 'not-scored'
  end
end
if #faults > 0 then
  return {0, 0, unpack(faults)}
end

local recorded, repeated = 0, 0
for i = 3, #ARGV, 3 do
  local id, defaulted, observed_on = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local said = defaulted .. ' ' .. observed_on
  if redis.call('GET', OUTCOME .. id) == said then
    repeated = repeated + 1
  else
    redis.call('SET', OUTCOME .. id, said, 'PX', IDEMPOTENCY_MS)
    redis.call('XADD', RECORDS, '*', 'v', 1, 'class', 'outcome', 'id', id, 'state', 'observed', 'owner', owner,
               'batch', '', 'reference', '', 'actor', actor, 'created_ms', now, 'finished_ms', now, 'defaulted', defaulted,
               'observed_on', observed_on)
    recorded = recorded + 1
  end
end
return {recorded, repeated}
