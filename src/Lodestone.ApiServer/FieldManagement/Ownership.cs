using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Who owns which fields of one object, and what a write makes of that (structured-merge-diff's Updater; facts 2.4 and 2.5).</summary>
/// <param name="schema">The kind's schema.</param>
/// <param name="apiVersion">The kind's only version: sets named in another are dropped.</param>
/// <param name="reset">Fields that the endpoint written through does not take.</param>
internal sealed class Ownership(Schema schema, string apiVersion, FieldSet reset)
{
    /// <summary>Gives what changed between two objects to a manager, and takes it from all others.</summary>
    /// <param name="entries">Changed in place.</param>
    /// <param name="live">The object before the write.</param>
    /// <param name="next">The object after it.</param>
    /// <param name="manager">Who writes.</param>
    /// <param name="neverOwned">Fields no set ever holds.</param>
    /// <param name="now">The time, for the manager's entry if it set anything.</param>
    public void Update(List<ManagedEntry> entries, Value live, Value next, ManagerId manager, FieldSet neverOwned, DateTimeOffset now)
    {
        Reconcile(entries);
        FieldChanges changes = FieldComparer.Compare(live, next, schema).Without(reset);
        if (changes.IsEmpty)
        {
            return;
        }

        FieldSet written = changes.Written;
        Map(entries, fields => fields.Except(written).Except(changes.Removed));
        FieldSet owned = written.Except(neverOwned);
        if (owned.IsEmpty)
        {
            return;
        }

        int at = entries.FindIndex(e => e.Manager == manager);
        FieldSet kept = at < 0 ? FieldSet.Empty : entries[at].Fields;
        var entry = new ManagedEntry(manager, apiVersion, now, owned.Union(kept));
        if (at < 0)
        {
            entries.Add(entry);
        }
        else
        {
            entries[at] = entry;
        }
    }

    /// <summary>Merges a configuration into an object.</summary>
    /// <param name="entries">Changed in place.</param>
    /// <param name="live">The object before.</param>
    /// <param name="config">What is applied; its types are right (<see cref="FieldValidator"/>).</param>
    /// <param name="manager">Who applies.</param>
    /// <param name="force">Take what others own.</param>
    /// <param name="neverOwned">Fields no set ever holds.</param>
    /// <param name="now">The time, for the manager's entry if the object changes.</param>
    /// <returns>The object after.</returns>
    /// <exception cref="FieldConflictException">Others own fields that would change.</exception>
    public Value Apply(List<ManagedEntry> entries, Value live, Value config, ManagerId manager, bool force, FieldSet neverOwned, DateTimeOffset now)
    {
        Reconcile(entries);
        Value merged = FieldMerger.Merge(live, config, schema);
        FieldSet fields = FieldSets.Of(config, schema).ExceptWithin(reset);
        int at = entries.FindIndex(e => e.Manager == manager);
        ManagedEntry? last = at < 0 ? null : entries[at];
        Value next = last is null || last.Fields.Except(fields).IsEmpty ? merged : Prune(merged, last.Fields, entries.Where(e => e != last).Select(e => e.Fields).Append(fields));
        FieldChanges changes = FieldComparer.Compare(live, next, schema).Without(reset);
        FieldSet written = changes.Written;
        if (!force)
        {
            RequireNoConflict(entries, written, manager);
        }

        entries.RemoveAll(e => e.Manager == manager);
        Map(entries, others => others.Except(written).Except(changes.Removed));
        FieldSet owned = fields.Except(neverOwned);
        if (!owned.IsEmpty)
        {
            entries.Add(new ManagedEntry(manager, apiVersion, live == next ? last?.Time : now, owned));
        }

        return next;
    }

    /// <summary>Fits the stored sets to the schema as it is, and drops what is named in a version that is no longer served.</summary>
    private void Reconcile(List<ManagedEntry> entries)
    {
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            ManagedEntry entry = entries[i];
            if (entry.ApiVersion != apiVersion)
            {
                entries.RemoveAt(i);
                continue;
            }

            FieldSet fitted = SchemaReconciler.Reconcile(entry.Fields, schema);
            if (!ReferenceEquals(fitted, entry.Fields))
            {
                entries[i] = entry with { Fields = fitted };
            }
        }
    }

    private static void Map(List<ManagedEntry> entries, Func<FieldSet, FieldSet> change)
    {
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            FieldSet fields = change(entries[i].Fields);
            if (fields.IsEmpty)
            {
                entries.RemoveAt(i);
            }
            else if (!ReferenceEquals(fields, entries[i].Fields))
            {
                entries[i] = entries[i] with { Fields = fields };
            }
        }
    }

    private static void RequireNoConflict(List<ManagedEntry> entries, FieldSet written, ManagerId manager)
    {
        FieldConflict[] conflicts =
        [
            .. entries.Where(e => e.Manager != manager)
                .OrderBy(e => e.Manager.Name, StringComparer.Ordinal)
                .ThenBy(e => e.Manager.Operation)
                .SelectMany(e => e.Fields.Intersect(written).Paths().Select(path => new FieldConflict(e.Manager, path))),
        ];
        if (conflicts.Length > 0)
        {
            throw new FieldConflictException(conflicts);
        }
    }

    /// <summary>
    /// Removes what the manager applied last time and doesn't apply now, unless somebody else owns it:
    /// 1. take out all the manager applied last time, with all that is below;
    /// 2. put back what is owned: by others, or by the manager's new configuration;
    /// 3. put back what went with the rest although the manager did not apply it last time.
    /// </summary>
    private Value Prune(Value merged, FieldSet last, IEnumerable<FieldSet> owned)
    {
        FieldSet mergedFields = FieldSets.Of(merged, schema).WithNamedFields(schema);
        FieldSet lastFields = last.WithNamedFields(schema);
        Value pruned = FieldRemover.Remove(merged, lastFields, schema);

        FieldSet ownedFields = owned.Aggregate(FieldSet.Empty, static (all, fields) => all.Union(fields)).WithNamedFields(schema);
        pruned = FieldRemover.Remove(merged, mergedFields.Except(FieldsOf(pruned).Union(ownedFields)), schema);

        return FieldRemover.Remove(merged, mergedFields.Except(FieldsOf(pruned)).Intersect(lastFields), schema);
    }

    private FieldSet FieldsOf(Value value) => FieldSets.Of(value, schema).WithNamedFields(schema);
}
