-- Many senders in turn: each line of the file named last is headers parted by |, a tab and a body.
dofile("wrk.lua")

local begin, requests, turn = init, {}, 0

function init(args)
  begin(args)
  for line in io.lines(args[3]) do
    local headers, body = line:match("^(.-)\t(.*)$")
    for name, value in headers:gmatch("([^|:]+): ([^|]*)") do
      wrk.headers[name] = value
    end
    requests[#requests + 1] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
