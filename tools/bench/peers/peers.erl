%% The loads of the comparison, in Erlang: main([Load]) prints one "metric value" a line.
%% Processor time of the whole process, as the virtual machine has it from getrusage.
-module(peers).
-behaviour(gen_server).
-export([main/1, pong/0, ring_node/2, sender/3, batched_sender/3, skynet_node/3, parked_process/0]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(WARM_UP, 100000).
-define(PING_PONGS, 1000000).
-define(RING_SIZE, 10000).
-define(RING_LAP, 100000).
-define(RING_HOPS, 2000000).
-define(SENDERS, 100).
-define(PER_SENDER, 20000).
-define(CREDITS, 128).
-define(CREDITS_A_GRANT, 64).
-define(SKYNET_SIZE, 1000000).
-define(SKYNET_DIV, 10).
-define(PROCESSES, 1000000).
-define(CALLS, 1000000).

main([Load]) ->
    case Load of
        "ping_pong" -> ping_pong("ping_pong_ns");
        "actors" -> ping_pong("actors_ns");
        "ring" -> ring();
        "fan_in" -> fan_in();
        "skynet" -> skynet();
        "parked" -> parked();
        "call" -> call();
        _ ->
            io:format(standard_error, "peers ping_pong|actors|ring|fan_in|skynet|parked|call~n", []),
            halt(2)
    end,
    halt(0).

cpu_ns() ->
    {Milliseconds, _} = statistics(runtime),
    Milliseconds * 1000000.

resident_bytes() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Resident | _] = string:lexemes(binary_to_list(Text), " "),
    list_to_integer(Resident) * 4096.

peak_mib() ->
    {ok, Text} = file:read_file("/proc/self/status"),
    {match, [Kib]} = re:run(Text, "VmHWM:\\s*(\\d+) kB", [{capture, all_but_first, list}]),
    list_to_integer(Kib) / 1024.

report(Metric, Value) -> io:format("~s ~.3f~n", [Metric, float(Value)]).

%% Two processes; an operation is there and back. It is what Norn's channels and its actors are both
%% compared with.
ping_pong(Metric) ->
    Pong = spawn(?MODULE, pong, []),
    ping(Pong, ?WARM_UP),
    Start = cpu_ns(),
    ping(Pong, ?PING_PONGS),
    report(Metric, (cpu_ns() - Start) / ?PING_PONGS),
    Pong ! stop.

ping(_, 0) -> ok;
ping(Pong, Left) ->
    Pong ! {self(), Left},
    receive Left -> ping(Pong, Left - 1) end.

pong() ->
    receive
        {From, Value} -> From ! Value, pong();
        stop -> ok
    end.

%% A token goes around a ring of processes; an operation is a hop.
ring() ->
    Last = spawn(?MODULE, ring_node, [self(), none]),
    First = lists:foldl(fun(_, Next) -> spawn(?MODULE, ring_node, [self(), Next]) end,
                        Last, lists:seq(2, ?RING_SIZE)),
    Last ! {next, First},
    ring_laps(First, ?WARM_UP),
    Start = cpu_ns(),
    ring_laps(First, ?RING_HOPS),
    report("ring_ns", (cpu_ns() - Start) / ?RING_HOPS).

ring_laps(_, 0) -> ok;
ring_laps(First, Hops) ->
    First ! ?RING_LAP,
    receive done -> ring_laps(First, Hops - ?RING_LAP) end.

ring_node(Main, Next) ->
    receive
        0 -> Main ! done, ring_node(Main, Next);
        {next, First} -> ring_node(Main, First);
        Left -> Next ! Left - 1, ring_node(Main, Next)
    end.

%% A hundred senders, one receiver; an operation is a message received. A mailbox has no bound:
%% credits stand in for the buffer of 128. fan_in: as many messages under way as there are senders,
%% each sends again when it has its credit back. fan_in_batched: 128 credits for each sender, given
%% back 64 at a time, which allows a hundred times the memory.
fan_in() ->
    fan_in(sender, ?WARM_UP div ?SENDERS),
    Start = cpu_ns(),
    fan_in(sender, ?PER_SENDER),
    report("fan_in_ns", (cpu_ns() - Start) / (?SENDERS * ?PER_SENDER)),
    fan_in(batched_sender, ?WARM_UP div ?SENDERS),
    StartBatched = cpu_ns(),
    fan_in(batched_sender, ?PER_SENDER),
    report("fan_in_batched_ns", (cpu_ns() - StartBatched) / (?SENDERS * ?PER_SENDER)).

fan_in(Sender, Each) ->
    Credits = case Sender of sender -> 1; batched_sender -> ?CREDITS end,
    [spawn(?MODULE, Sender, [self(), Each, Credits]) || _ <- lists:seq(1, ?SENDERS)],
    Total = ?SENDERS * Each,
    case Sender of
        sender -> take(Total);
        batched_sender -> take_batched(Total)
    end.

take(0) -> ok;
take(Left) ->
    receive {From, _} -> From ! credit, take(Left - 1) end.

sender(_, 0, _) -> ok;
sender(To, Left, 0) ->
    receive credit -> sender(To, Left, 1) end;
sender(To, Left, Credits) ->
    To ! {self(), Left},
    sender(To, Left - 1, Credits - 1).

take_batched(0) -> ok;
take_batched(Left) ->
    receive
        {From, Value} when Value rem ?CREDITS_A_GRANT =:= 0 ->
            From ! credits, take_batched(Left - 1);
        {_, _} -> take_batched(Left - 1)
    end.

batched_sender(_, 0, _) -> ok;
batched_sender(To, Left, 0) ->
    receive credits -> batched_sender(To, Left, ?CREDITS_A_GRANT) end;
batched_sender(To, Left, Credits) ->
    To ! {self(), Left},
    batched_sender(To, Left - 1, Credits - 1).

%% A tree of processes, ten children a level, a million leaves; the leaves' numbers are summed up.
skynet() ->
    Start = cpu_ns(),
    spawn(?MODULE, skynet_node, [self(), 0, ?SKYNET_SIZE]),
    Sum = ?SKYNET_SIZE * (?SKYNET_SIZE - 1) div 2,
    receive Sum -> ok end,
    report("skynet_s", (cpu_ns() - Start) / 1.0e9),
    report("skynet_peak_mib", peak_mib()).

skynet_node(Up, Number, 1) -> Up ! Number;
skynet_node(Up, Number, Size) ->
    Part = Size div ?SKYNET_DIV,
    skynet_children(Number, Part, ?SKYNET_DIV),
    Up ! skynet_sum(?SKYNET_DIV, 0).

skynet_children(_, _, 0) -> ok;
skynet_children(Number, Part, Left) ->
    spawn(?MODULE, skynet_node, [self(), Number, Part]),
    skynet_children(Number + Part, Part, Left - 1).

skynet_sum(0, Sum) -> Sum;
skynet_sum(Left, Sum) ->
    receive Number -> skynet_sum(Left - 1, Sum + Number) end.

%% A million processes that wait for a message, and are woken by it.
parked() ->
    Others = erlang:system_info(process_count),
    Before = resident_bytes(),
    Start = cpu_ns(),
    Processes = [spawn(?MODULE, parked_process, []) || _ <- lists:seq(1, ?PROCESSES)],
    erlang:yield(),
    Created = cpu_ns(),
    report("parked_bytes", (resident_bytes() - Before) / ?PROCESSES),
    Woken = cpu_ns(),
    [Process ! go || Process <- Processes],
    wait_for_processes(Others),
    report("parked_create_ns", (Created - Start) / ?PROCESSES),
    report("parked_end_ns", (cpu_ns() - Woken) / ?PROCESSES),
    report("parked_peak_mib", peak_mib()).

parked_process() -> receive go -> ok end.

wait_for_processes(Others) ->
    case erlang:system_info(process_count) of
        Count when Count =< Others -> ok;
        _ -> erlang:yield(), wait_for_processes(Others)
    end.

%% gen_server:call, which monitors the server while it waits.
call() ->
    {ok, Server} = gen_server:start(?MODULE, [], []),
    calls(Server, ?WARM_UP),
    Start = cpu_ns(),
    calls(Server, ?CALLS),
    report("call_ns", (cpu_ns() - Start) / ?CALLS),
    gen_server:stop(Server).

calls(_, 0) -> ok;
calls(Server, Left) ->
    _ = gen_server:call(Server, {add, 1}),
    calls(Server, Left - 1).

init([]) -> {ok, 0}.
handle_call({add, By}, _, Value) -> {reply, Value + By, Value + By}.
handle_cast(_, Value) -> {noreply, Value}.
