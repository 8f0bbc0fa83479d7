-- Keeps copies of users, each unless the one that is kept is newer.
--
-- KEYS[i]    key of a copy; on a Cluster, one
-- ARGV[1]    seconds after which they vanish
-- ARGV[i+1]  the copy for KEYS[i], as stores/redis/copy-codec.ts writes it
--
-- Returns how many were kept.
--
-- What is there but is no copy of this codec (another version's, or not a string) gives way.

local function numbers(copy)
  local incarnation, version, position =
    string.match(copy, '^1([0-9a-z]+)%.([0-9a-z]+)%.([0-9a-z]+)%.')
  if not incarnation then return nil end
  return tonumber(incarnation, 36), tonumber(version, 36), tonumber(position, 36)
end

local function is_newer(kept, copy)
  local incarnation, version, position = numbers(kept)
  if not incarnation then return false end
  local new_incarnation, new_version, new_position = numbers(copy)
  if incarnation ~= new_incarnation then return incarnation > new_incarnation end
  if version ~= new_version then return version > new_version end
  return position > new_position
end

local count = 0
for i, key in ipairs(KEYS) do
  local copy = ARGV[i + 1]
  local kept = redis.pcall('GET', key)
  if not (type(kept) == 'string' and is_newer(kept, copy)) then
    redis.call('SET', key, copy, 'EX', ARGV[1])
    count = count + 1
  end
end
return count
