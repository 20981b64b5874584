-- Many senders in turn: each line of the file named last is a token, a tab and a body.
dofile("wrk.lua")

local begin, requests, turn = init, {}, 0

function init(args)
  begin(args)
  for line in io.lines(args[3]) do
    local token, body = line:match("^(.-)\t(.*)$")
    wrk.headers["Authorization"] = "Bearer " .. token
    requests[#requests + 1] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
