namespace Lodestone.ApiServer.Tests.History;

/// <summary>The checker finds what is wrong: each bad history differs from the good one in one thing.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly ObservedObject A1 = new("v1", "u1", 11), A2 = new("v2", "u1", 12), B1 = new("v3", "u2", 13), A3 = new("v4", "u1", 14);

    private static readonly Operation
        CreateA = new(OperationKind.Create, "a", 0, 10, OperationOutcome.Done) { Value = "v1", Object = A1 },
        UpdateA = new(OperationKind.Update, "a", 20, 30, OperationOutcome.Done) { Value = "v2", Object = A2, Expected = 11 },
        CreateB = new(OperationKind.Create, "b", 25, 40, OperationOutcome.Done) { Value = "v3", Object = B1 },
        UpdateAgain = new(OperationKind.Update, "a", 50, 60, OperationOutcome.Unknown) { Value = "v4" },
        DeleteA = new(OperationKind.Delete, "a", 70, 80, OperationOutcome.Done) { Object = new("", "u1", 0) },
        GetA = new(OperationKind.Get, "a", 62, 65, OperationOutcome.Done) { Object = A3 },
        GetNothing = new(OperationKind.Get, "a", 90, 95, OperationOutcome.Absent),
        List = new(OperationKind.List, "", 41, 45, OperationOutcome.Done)
        {
            Version = 13,
            Items = new Dictionary<string, ObservedObject> { ["a"] = A2, ["b"] = B1 },
        };

    private static readonly WatchedEvent[] Events =
    [
        new("ADDED", "a", A1),
        new("MODIFIED", "a", A2),
        new("ADDED", "b", B1),
        new("MODIFIED", "a", A3),
        new("DELETED", "a", A3 with { Version = 15 }),
    ];

    public static TheoryData<string, string> BadHistories => new()
    {
        { "lost write", "acknowledged, but no watcher saw it" },
        { "lost deletion", "acknowledged, but no watcher saw it" },
        { "stale read", "is older" },
        { "read of the future", "before it was asked for" },
        { "read of nothing too early", "at no time" },
        { "read after deletion", "is older" },
        { "list of two versions", "a list at 13 shows a" },
        { "list that misses one", "a list at 13 shows b" },
        { "list that falls behind", "began after" },
        { "version that falls back", "began after" },
        { "missed event", "saw 5 and 4 changes" },
        { "repeated event", "after version" },
        { "reordered events", "after version" },
        { "wrong type", "although the object was there" },
        { "other value", "acknowledged as" },
        { "update from another version", "was made from version" },
        { "refused but done", "refused, but done" },
        { "asked for by nobody", "nobody asked for" },
        { "deleted twice", "deleted twice" },
        { "exists without ever", "at no time" },
    };

    [Fact]
    public void Check_GoodHistory_FindsNothing() => Assert.Empty(HistoryChecker.Check(Good()));

    [Theory]
    [MemberData(nameof(BadHistories))]
    public void Check_BadHistory_SaysWhatIsWrong(string what, string problem)
    {
        IReadOnlyList<string> problems = HistoryChecker.Check(Bad(what));

        Assert.Contains(problems, p => p.Contains(problem, StringComparison.Ordinal));
    }

    private static RecordedHistory Good(params Operation[] more) =>
        new(10, [CreateA, UpdateA, CreateB, UpdateAgain, DeleteA, GetA, GetNothing, List, .. more], [Events, Events]);

    private static RecordedHistory Bad(string what) => what switch
    {
        "lost write" => Good(new Operation(OperationKind.Create, "c", 96, 97, OperationOutcome.Done) { Value = "v9", Object = new("v9", "u9", 16) }),
        "lost deletion" => Good(new Operation(OperationKind.Delete, "b", 96, 97, OperationOutcome.Done) { Object = new("", "u2", 0) }),
        "stale read" => Good(GetA with { Object = A1, Start = 31, End = 32 }),
        "read of the future" => Good(GetA with { Start = 45, End = 48 }),
        "read of nothing too early" => Good(GetNothing with { Start = 31, End = 32 }),
        "read after deletion" => Good(GetA with { Start = 90, End = 91 }),
        "list of two versions" => With(List, List with { Items = new Dictionary<string, ObservedObject> { ["a"] = A1, ["b"] = B1 } }),
        "list that misses one" => With(List, List with { Items = new Dictionary<string, ObservedObject> { ["a"] = A2 } }),
        "list that falls behind" => Good(List with { Start = 46, End = 47, Version = 11, Items = new Dictionary<string, ObservedObject> { ["a"] = A1 } }),
        "version that falls back" => With(CreateB, CreateB with { Start = 0, End = 5 }),
        "missed event" => Good() with { Streams = [Events, Events[..^1]] },
        "repeated event" => Good() with { Streams = [[Events[0], .. Events]] },
        "reordered events" => Good() with { Streams = [[Events[0], Events[2], Events[1], .. Events[3..]]] },
        "wrong type" => Good() with { Streams = [[Events[0], Events[1] with { Type = "ADDED" }, .. Events[2..]]] },
        "other value" => With(CreateB, CreateB with { Object = B1 with { Uid = "u7" } }),
        "update from another version" => With(UpdateA, UpdateA with { Expected = 9 }),
        "refused but done" => With(CreateB, CreateB with { Outcome = OperationOutcome.Exists }),
        "asked for by nobody" => Good() with { Operations = [.. Good().Operations.Where(o => o != UpdateAgain)] },
        "deleted twice" => Good(DeleteA with { Start = 96, End = 97 }),
        "exists without ever" => Good(new Operation(OperationKind.Create, "b", 1, 2, OperationOutcome.Exists) { Value = "v8" }),
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };

    private static RecordedHistory With(Operation good, Operation bad) =>
        Good() with { Operations = [.. Good().Operations.Select(o => o == good ? bad : o)] };
}
