-- Read the records of jobs, without the applicant's fields. A deadline that has passed shows at once,
-- whether or not a worker is there to notice.
-- ARGV: ids
-- Returns, an id each: {the values of SHOWN's fields, in order}, or {owner} of one that was here and
-- is gone, or {} of one that never was.
local records = {}
for i, id in ipairs(ARGV) do
  local job = JOB .. id
  local held = redis.call('HMGET', job, 'state', 'deadline_ms')
  if not held[1] then
    records[i] = {redis.call('GET', GONE .. id) or nil}
  else
    expire_if_late(id, held[1], held[2])
    records[i] = redis.call('HMGET', job, unpack(SHOWN))
  end
end
announce()
return records
