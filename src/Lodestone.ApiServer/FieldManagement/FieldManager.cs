using Lodestone.Api.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Keeps <c>metadata.managedFields</c> of one kind: what every write makes of them, and server-side apply (facts 2).</summary>
/// <remarks>Objects come and go as JSON; their managedFields are handed over beside them. Stateless.</remarks>
internal sealed class FieldManager
{
    private const string BeforeFirstApply = "before-first-apply";
    private const string AncientChanges = "ancient-changes";
    private const int MaxUpdaters = 10;

    // What every writer names and nobody owns.
    private static readonly FieldSet NeverOwned = FieldSet.Of(
    [
        [PathElement.Field("apiVersion")],
        [PathElement.Field("kind")],
        [PathElement.Field("metadata")],
        .. new[] { "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion" }
            .Select(name => new[] { PathElement.Field("metadata"), PathElement.Field(name) }),
    ]);

    private readonly ResourceDefinition _resource;
    private readonly TimeProvider _time;
    private readonly Ownership _main;
    private readonly Ownership _status;

    /// <summary>The manager of a kind.</summary>
    public FieldManager(ResourceDefinition resource, TimeProvider time)
    {
        _resource = resource;
        _time = time;
        _main = new Ownership(resource.Schema, resource.ApiVersion, Fields(name => resource.HasStatus && name == "status"));
        _status = new Ownership(resource.Schema, resource.ApiVersion, Fields(name => name is not ("apiVersion" or "kind" or "status")));
    }

    /// <summary>The managedFields of an object that is created: all of it is the writer's.</summary>
    public RawJson? Create(ReadOnlySpan<byte> created, string manager)
    {
        var entries = new List<ManagedEntry>();
        Update(entries, Value.EmptyMap, ValueReader.ReadObject(created), manager, "");
        return Encode(entries);
    }

    /// <summary>The managedFields of an object that is replaced or patched.</summary>
    /// <param name="live">The object as it is.</param>
    /// <param name="next">As it is to be.</param>
    /// <param name="liveFields">Its managedFields as they are.</param>
    /// <param name="sentFields">Those the client sent, who may edit them, but not through a subresource; null if it sent none.</param>
    /// <param name="manager">Who writes.</param>
    /// <param name="subresource">Through what; empty for the object itself.</param>
    /// <returns>Null where they are not kept: nothing is tracked for an object without managers until somebody applies it.</returns>
    public RawJson? Update(ReadOnlySpan<byte> live, ReadOnlySpan<byte> next, RawJson? liveFields, RawJson? sentFields, string manager, string subresource)
    {
        List<ManagedEntry> entries = Decode(liveFields, subresource.Length == 0 ? sentFields : null);
        if (entries.Count == 0)
        {
            return null;
        }

        Update(entries, ValueReader.ReadObject(live), ValueReader.ReadObject(next), manager, subresource);
        return Encode(entries);
    }

    /// <summary>Merges what is applied into an object.</summary>
    /// <param name="live">The object as it is; empty where there is none yet.</param>
    /// <param name="liveFields">Its managedFields.</param>
    /// <param name="config">What is applied; its types are right (<see cref="FieldValidator"/>).</param>
    /// <param name="manager">Who applies.</param>
    /// <param name="subresource">Through what; empty for the object itself.</param>
    /// <param name="force">Take what others own.</param>
    /// <exception cref="FieldConflictException">Others own fields that would change.</exception>
    public (Value Object, RawJson? ManagedFields) Apply(ReadOnlySpan<byte> live, RawJson? liveFields, Value config, string manager, string subresource, bool force)
    {
        Value old = live.IsEmpty ? Value.EmptyMap : ValueReader.ReadObject(live);
        List<ManagedEntry> entries = Decode(liveFields, null);
        if (entries.Count == 0 && !live.IsEmpty)
        {
            Update(entries, Value.EmptyMap, old, BeforeFirstApply, subresource);
        }

        if (manager != LastApplied.Manager)
        {
            return (Apply(entries, old, config, manager, subresource, force), Encode(entries));
        }

        Value merged;
        List<ManagedEntry> untouched = [.. entries];
        try
        {
            merged = Apply(entries, old, config, manager, subresource, force);
        }
        catch (FieldConflictException exception)
        {
            FieldSet own = LastApplied.OwnedFields(old, _resource);
            FieldConflict[] remaining = [.. exception.Conflicts.Where(c => !own.Has(c.Path))];
            if (remaining.Length > 0)
            {
                throw new FieldConflictException(remaining);
            }

            entries = untouched;
            merged = Apply(entries, old, config, manager, subresource, force: true);
        }

        return (LastApplied.Refresh(merged, config), Encode(entries));
    }

    /// <summary>Whether two lists are the same but for their times.</summary>
    public static bool AreSame(RawJson? left, RawJson? right)
    {
        if (left is not { } a || right is not { } b)
        {
            return left is null && right is null;
        }

        if (a.Utf8.Span.SequenceEqual(b.Utf8.Span))
        {
            return true;
        }

        return ManagedFieldsCodec.TryParse(a.Utf8.Span) is { } entries && ManagedFieldsCodec.TryParse(b.Utf8.Span) is { } others
            && entries.Count == others.Count
            && entries.All(e => others.Any(o => o.Manager == e.Manager && o.ApiVersion == e.ApiVersion && o.Fields.Equals(e.Fields)));
    }

    private static List<ManagedEntry> Decode(RawJson? live, RawJson? sent)
    {
        if (sent is { } fields)
        {
            if (ManagedFieldsCodec.IsReset(fields.Utf8.Span))
            {
                return [];
            }

            if (ManagedFieldsCodec.TryParse(fields.Utf8.Span) is { Count: > 0 } entries)
            {
                entries.RemoveAll(e => e.Fields.IsEmpty);
                return entries;
            }
        }

        return live is { } kept && ManagedFieldsCodec.TryParse(kept.Utf8.Span) is { } known ? known : [];
    }

    private static RawJson? Encode(List<ManagedEntry> entries) => ManagedFieldsCodec.Write(entries) is { } json ? new RawJson(json) : null;

    /// <summary>Folds the oldest updaters into one, so that objects don't grow with the number of programs that ever touched them.</summary>
    private static void Cap(List<ManagedEntry> entries)
    {
        int surplus = entries.Count(e => e.Manager.Operation == ManagerOperation.Update) - MaxUpdaters;
        if (surplus <= 0)
        {
            return;
        }

        string apiVersion = entries[0].ApiVersion;
        ManagerId bucket = ManagerId.Updater(AncientChanges, apiVersion, "");
        bool isThere = entries.Exists(e => e.Manager == bucket);
        ManagedEntry[] folded =
        [
            .. entries.Where(e => e.Manager.Operation == ManagerOperation.Update && e.Manager != bucket)
                .OrderBy(e => e.Time?.ToUnixTimeSeconds() ?? 0)
                .ThenBy(e => e.Manager.Name, StringComparer.Ordinal)
                .ThenBy(e => e.Manager.Subresource, StringComparer.Ordinal)
                .Take(isThere ? surplus : surplus + 1),
            .. entries.Where(e => e.Manager == bucket),
        ];
        entries.RemoveAll(folded.Contains);
        entries.Add(new ManagedEntry(
            bucket,
            apiVersion,
            folded.Max(e => e.Time),
            folded.Aggregate(FieldSet.Empty, static (all, e) => all.Union(e.Fields))));
    }

    private Value Apply(List<ManagedEntry> entries, Value live, Value config, string manager, string subresource, bool force) =>
        Of(subresource).Apply(entries, live, config, ManagerId.Applier(manager, subresource), force, NeverOwned, Now());

    private void Update(List<ManagedEntry> entries, Value live, Value next, string manager, string subresource)
    {
        var id = ManagerId.Updater(manager.Length == 0 ? "unknown" : manager, _resource.ApiVersion, subresource);
        Of(subresource).Update(entries, live, next, id, NeverOwned, Now());
        Cap(entries);
    }

    private Ownership Of(string subresource) => subresource == "status" ? _status : _main;

    private FieldSet Fields(Func<string, bool> matches) =>
        FieldSet.Of([.. _resource.Schema.Properties.Where(p => matches(p.Name)).Select(p => new[] { PathElement.Field(p.Name) })]);

    /// <summary>Now, in the whole seconds that metadata carries.</summary>
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds());
}
