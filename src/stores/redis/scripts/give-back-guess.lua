-- Gives back a try that was counted.
--
-- KEYS[1]  the count
-- ARGV[1]  milliseconds that the try's window has left at most; one with more left began later
--
-- Returns 1 when it was given back, 0 when its window has ended.

local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > tonumber(ARGV[1]) then return 0 end
if redis.call('DECR', KEYS[1]) < 1 then redis.call('DEL', KEYS[1]) end
return 1
