namespace Lodestone.ApiServer.Tests.History;

/// <summary>Tells what of a history cannot be, if the server is linearizable and its watches complete.</summary>
/// <remarks>
/// <para>Watches tell every change in one order, that of resourceVersion, so no order has to be searched for: it only has to
/// be shown that all that was answered agrees with it. Every answer says which state of an object, or of all, it saw; of an
/// absent object there may be several it can be.</para>
/// <para>1. All watchers saw the same changes, each once, in rising versions, of the right types.
/// 2. What was acknowledged is among them as acknowledged, what was refused is not, and nothing is that nobody asked for.
/// 3. A list is exactly the state at its version.
/// 4. Whoever began after somebody else was answered sees nothing older than what the other saw or did.
/// 5. Nobody sees what was asked for only later.</para>
/// </remarks>
internal sealed class HistoryChecker
{
    private readonly RecordedHistory _history;
    private readonly List<string> _problems = [];
    private readonly Dictionary<string, List<Change>> _changes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Operation> _writers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Operation> _deleters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Operation> _possibleDeleters = new(StringComparer.Ordinal);

    private HistoryChecker(RecordedHistory history)
    {
        _history = history;
    }

    /// <summary>What is wrong; nothing if all is well.</summary>
    public static IReadOnlyList<string> Check(RecordedHistory history)
    {
        var checker = new HistoryChecker(history);
        checker.CheckStreams();
        checker.IndexChanges();
        checker.CheckWrites();
        checker.CheckChanges();
        checker.CheckLists();
        checker.CheckOrderOfKeys();
        checker.CheckOrderOfVersions();
        return checker._problems;
    }

    private void CheckStreams()
    {
        for (int i = 0; i < _history.Streams.Count; i++)
        {
            long version = _history.From;
            var present = new HashSet<string>(StringComparer.Ordinal);
            foreach (WatchedEvent item in _history.Streams[i])
            {
                Require(item.Object.Version > version, () => $"watcher {i} saw {item} after version {version}");
                version = item.Object.Version;
                bool wasPresent = item.Type == "DELETED" ? present.Remove(item.Key) : !present.Add(item.Key);
                Require(wasPresent == (item.Type != "ADDED"), () => $"watcher {i} saw {item} although the object was {(wasPresent ? "there" : "not there")}");
            }

            IReadOnlyList<WatchedEvent> first = _history.Streams[0];
            IReadOnlyList<WatchedEvent> other = _history.Streams[i];
            int same = first.Zip(other).TakeWhile(p => p.First == p.Second).Count();
            Require(
                same == first.Count && same == other.Count,
                () => $"watchers 0 and {i} saw {first.Count} and {other.Count} changes; number {same} was {first.ElementAtOrDefault(same)} and {other.ElementAtOrDefault(same)}");
        }
    }

    private void IndexChanges()
    {
        foreach (Operation operation in _history.Operations)
        {
            if (operation.Kind is OperationKind.Create or OperationKind.Update)
            {
                _writers[operation.Value] = operation;
            }
            else if (operation is { Kind: OperationKind.Delete, Outcome: OperationOutcome.Done })
            {
                Require(_deleters.TryAdd(operation.Object!.Uid, operation), () => $"deleted twice: {operation}");
            }
            else if (operation is { Kind: OperationKind.Delete, Outcome: OperationOutcome.Unknown }
                && (!_possibleDeleters.TryGetValue(operation.Key, out Operation? other) || operation.Start < other.Start))
            {
                // Of several that may have done it the first: it forbids least.
                _possibleDeleters[operation.Key] = operation;
            }
        }

        foreach (WatchedEvent item in _history.Streams.Count > 0 ? _history.Streams[0] : [])
        {
            if (!_changes.TryGetValue(item.Key, out List<Change>? changes))
            {
                _changes[item.Key] = changes = [new Change(0, "", null, null)];
            }

            Operation? writer = item.Type == "DELETED"
                ? DeleterOf(item)
                : _writers.GetValueOrDefault(item.Object.Value);
            changes.Add(new Change(item.Object.Version, item.Type, item.Object, writer));
        }
    }

    /// <summary>The deletion that was acknowledged with this uid, or one that may have done it.</summary>
    private Operation? DeleterOf(WatchedEvent item) =>
        _deleters.GetValueOrDefault(item.Object.Uid) ?? _possibleDeleters.GetValueOrDefault(item.Key);

    private void CheckWrites()
    {
        foreach (Operation operation in _history.Operations.Where(o => o.Kind is OperationKind.Create or OperationKind.Update or OperationKind.Delete))
        {
            List<Change> changes = ChangesOf(operation.Key);
            int found = operation.Kind == OperationKind.Delete
                ? changes.FindIndex(c => c.Type == "DELETED" && c.Object!.Uid == operation.Object?.Uid)
                : changes.FindIndex(c => c.Type is "ADDED" or "MODIFIED" && c.Object!.Value == operation.Value);
            switch (operation.Outcome)
            {
                case OperationOutcome.Done when found < 0:
                    _problems.Add($"acknowledged, but no watcher saw it: {operation}");
                    break;
                case OperationOutcome.Done when operation.Kind != OperationKind.Delete:
                    Change change = changes[found];
                    Require(
                        change.Object == operation.Object && change.Type == (operation.Kind == OperationKind.Create ? "ADDED" : "MODIFIED"),
                        () => $"acknowledged as {operation}, but seen as {change}");
                    Require(
                        operation.Expected == 0 || changes[found - 1].Version == operation.Expected,
                        () => $"{operation} was made from version {operation.Expected}, but followed {changes[found - 1]}");
                    break;
                case OperationOutcome.Absent or OperationOutcome.Exists or OperationOutcome.Conflict when found >= 0 && operation.Kind != OperationKind.Delete:
                    _problems.Add($"refused, but done: {operation} is {changes[found]}");
                    break;
            }
        }
    }

    private void CheckChanges()
    {
        foreach ((string key, List<Change> changes) in _changes)
        {
            var values = new HashSet<string>(StringComparer.Ordinal);
            foreach (Change change in changes.Skip(1))
            {
                Require(change.Writer is not null && change.Writer.Key == key, () => $"nobody asked for {key}: {change}");
                Require(change.Type == "DELETED" || values.Add(change.Object!.Value), () => $"{key} was given the same value twice: {change}");
            }
        }
    }

    private void CheckLists()
    {
        foreach (Operation list in _history.Operations.Where(o => o is { Kind: OperationKind.List, Outcome: OperationOutcome.Done }))
        {
            foreach (string key in _changes.Keys.Union(list.Items.Keys))
            {
                ObservedObject? expected = StateAt(key, list.Version) is { Type: not "DELETED" } change ? change.Object : null;
                ObservedObject? actual = list.Items.GetValueOrDefault(key);
                Require(expected == actual, () => $"a list at {list.Version} shows {key} as {actual?.ToString() ?? "absent"}, but it was {expected?.ToString() ?? "absent"}");
            }
        }
    }

    /// <summary>Of every object: who began later sees nothing older, and nobody sees what is yet to be asked for.</summary>
    private void CheckOrderOfKeys()
    {
        foreach ((string key, List<Change> changes) in _changes)
        {
            var sightings = new List<Sighting>();
            for (int i = 1; i < changes.Count; i++)
            {
                if (changes[i].Writer is { Outcome: OperationOutcome.Done } writer)
                {
                    sightings.Add(new Sighting(writer, i, i));
                }
            }

            foreach (Operation operation in _history.Operations)
            {
                if (operation.Kind == OperationKind.List ? operation.Outcome == OperationOutcome.Done : operation.Key == key)
                {
                    AddSighting(sightings, operation, key, changes);
                }
            }

            CheckOrder(sightings, key);
        }
    }

    private void AddSighting(List<Sighting> sightings, Operation operation, string key, List<Change> changes)
    {
        int low, high;
        switch (operation)
        {
            case { Kind: OperationKind.List }:
                low = high = changes.FindLastIndex(c => c.Version <= operation.Version);
                break;
            case { Kind: OperationKind.Get, Outcome: OperationOutcome.Done }:
                low = high = changes.FindIndex(c => c.Object == operation.Object && c.Type != "DELETED");
                break;
            case { Outcome: OperationOutcome.Absent }:
                (low, high) = Feasible(operation, changes, isAbsent: true);
                break;
            case { Outcome: OperationOutcome.Exists }:
                (low, high) = Feasible(operation, changes, isAbsent: false);
                break;
            default:
                return;
        }

        if (low < 0 || high < low)
        {
            _problems.Add($"at no time was {key} so that this could be answered: {operation}");
            return;
        }

        Require(changes[low].Writer is not { } writer || writer.Start <= operation.End, () => $"{operation} saw {changes[low]} before it was asked for");
        sightings.Add(new Sighting(operation, low, high));
    }

    /// <summary>The first and last state that an answer about presence alone can have seen.</summary>
    private static (int Low, int High) Feasible(Operation operation, List<Change> changes, bool isAbsent)
    {
        int low = -1, high = -1;
        for (int i = 0; i < changes.Count; i++)
        {
            bool isGone = i == 0 || changes[i].Type == "DELETED";
            bool isReplaced = i + 1 < changes.Count && changes[i + 1].Writer is { Outcome: OperationOutcome.Done } next && next.End < operation.Start;
            bool isLater = changes[i].Writer is { } writer && writer.Start > operation.End;
            if (isGone == isAbsent && !isReplaced && !isLater)
            {
                low = low < 0 ? i : low;
                high = i;
            }
        }

        return (low, high);
    }

    private void CheckOrder(List<Sighting> sightings, string key)
    {
        List<Sighting> byEnd = [.. sightings.OrderBy(s => s.Operation.End)];
        int next = 0;
        Sighting? newest = null;
        foreach (Sighting sighting in sightings.OrderBy(s => s.Operation.Start))
        {
            for (; next < byEnd.Count && byEnd[next].Operation.End < sighting.Operation.Start; next++)
            {
                newest = newest is null || byEnd[next].Low > newest.Low ? byEnd[next] : newest;
            }

            Require(
                newest is null || newest.Low <= sighting.High,
                () => $"{key}: {sighting.Operation} (state {sighting.High}) began after {newest?.Operation} (state {newest?.Low}) was answered, and is older");
        }
    }

    /// <summary>Over all objects: versions never fall behind what was answered before.</summary>
    private void CheckOrderOfVersions()
    {
        var answered = new List<(Operation Operation, long Low, bool IsWrite)>();
        foreach (Operation operation in _history.Operations.Where(o => o.Outcome == OperationOutcome.Done))
        {
            long version = operation.Kind switch
            {
                OperationKind.List => operation.Version,
                OperationKind.Delete => ChangesOf(operation.Key).Find(c => c.Type == "DELETED" && c.Object!.Uid == operation.Object!.Uid)?.Version ?? 0,
                _ => operation.Object!.Version,
            };
            answered.Add((operation, version, operation.Kind is OperationKind.Create or OperationKind.Update or OperationKind.Delete));
        }

        List<(Operation Operation, long Low, bool IsWrite)> byEnd = [.. answered.OrderBy(a => a.Operation.End)];
        int next = 0;
        (Operation? Operation, long Version) newest = (null, 0);
        foreach ((Operation operation, long version, bool isWrite) in answered.OrderBy(a => a.Operation.Start))
        {
            for (; next < byEnd.Count && byEnd[next].Operation.End < operation.Start; next++)
            {
                newest = byEnd[next].Low > newest.Version ? (byEnd[next].Operation, byEnd[next].Low) : newest;
            }

            if (isWrite || operation.Kind == OperationKind.List)
            {
                Require(
                    isWrite ? version > newest.Version : version >= newest.Version,
                    () => $"{operation} has version {version}, but began after {newest.Operation} was answered with {newest.Version}");
            }
        }
    }

    private List<Change> ChangesOf(string key) => _changes.TryGetValue(key, out List<Change>? changes) ? changes : [new Change(0, "", null, null)];

    private Change? StateAt(string key, long version) =>
        _changes.TryGetValue(key, out List<Change>? changes) ? changes.FindLast(c => c.Version <= version && c.Object is not null) : null;

    private void Require(bool condition, Func<string> problem)
    {
        if (!condition)
        {
            _problems.Add(problem());
        }
    }

    /// <summary>A state of an object, from its version on; the first is that there is none yet.</summary>
    private sealed record Change(long Version, string Type, ObservedObject? Object, Operation? Writer);

    /// <summary>An answer, and the first and last state of an object that it can have seen.</summary>
    private sealed record Sighting(Operation Operation, int Low, int High);
}
