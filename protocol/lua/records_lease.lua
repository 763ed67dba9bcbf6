-- Become the one archiver, unless another is it. The DEL, of nothing, lets it be done on a full Redis,
-- which only the archiver relieves of records.
-- ARGV: token
-- Returns 1, or 0 while another is it.
if redis.call('EXISTS', ARCHIVER) == 1 then
  return 0
end
redis.call('DEL', ARCHIVER)
redis.call('SET', ARCHIVER, ARGV[1], 'PX', ARCHIVER_MS)
return 1
