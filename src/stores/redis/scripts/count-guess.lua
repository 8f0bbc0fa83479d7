-- Counts a try within a fixed window that begins with the first.
--
-- KEYS[1]  the count
-- ARGV[1]  how many more: 1
-- ARGV[2]  the window, in seconds
-- ARGV[3]  how many there may be: what is beyond is not kept
--
-- Returns {how many there would be now, milliseconds until the window ends}.

redis.call('SET', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count > tonumber(ARGV[3]) then redis.call('DECRBY', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
