using Lodestone.Api.Schemas;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>An object that managers write to, without the rest of the API around it.</summary>
internal sealed class OwnedObject(Schema schema, FieldSet? reset = null)
{
    private readonly Ownership _ownership = new(schema, "v1", reset ?? FieldSet.Empty);
    private long _seconds = 1_700_000_000;

    public OwnedObject()
        : this(Sample.Schema)
    {
    }

    public Value Live { get; private set; } = Value.EmptyMap;

    public List<ManagedEntry> Entries { get; private set; } = [];

    /// <summary>Applies a configuration that must be valid.</summary>
    public OwnedObject Apply(string manager, string config, bool force = false)
    {
        Value value = Sample.Value(config);
        Assert.Empty(FieldValidator.Validate(value, schema));
        List<ManagedEntry> entries = [.. Entries];
        Live = _ownership.Apply(entries, Live, value, ManagerId.Applier(manager, ""), force, FieldSet.Empty, Now());
        Entries = entries;
        return this;
    }

    /// <summary>Writes the whole object.</summary>
    public OwnedObject Update(string manager, string next, string version = "v1")
    {
        Value value = Sample.Value(next);
        _ownership.Update(Entries, Live, value, ManagerId.Updater(manager, version, ""), FieldSet.Empty, Now());
        Live = value;
        return this;
    }

    /// <summary>Says that a manager owns fields, as a stored object does.</summary>
    public OwnedObject With(string manager, ManagerOperation operation, string fieldsV1, string version = "v1")
    {
        ManagerId id = operation == ManagerOperation.Apply ? ManagerId.Applier(manager, "") : ManagerId.Updater(manager, version, "");
        Entries.Add(new ManagedEntry(id, version, Now(), Sample.Set(fieldsV1)));
        return this;
    }

    /// <summary>Says what the object is, as a stored object does.</summary>
    public OwnedObject WithLive(string live)
    {
        Live = Sample.Value(live);
        return this;
    }

    /// <summary>The same object and owners under another schema.</summary>
    public OwnedObject Under(Schema other) => new(other, reset) { Live = Live, Entries = Entries };

    /// <summary>Applies what others own, and returns the fields, sorted.</summary>
    public string[] Conflicts(string manager, string config)
    {
        FieldConflictException exception = Assert.Throws<FieldConflictException>(() => { Apply(manager, config); });
        return [.. exception.Conflicts.Select(c => $"{c.Owner.Name}{c.Field}").Order(StringComparer.Ordinal)];
    }

    public OwnedObject Is(string live)
    {
        Assert.True(Live == Sample.Value(live), $"expected {Sample.Json(live)}\nactual   {Sample.Text(Live)}");
        return this;
    }

    /// <summary>The exact text, for where the order counts.</summary>
    public OwnedObject IsExactly(string live)
    {
        Assert.Equal(Sample.Json(live), Sample.Text(Live));
        return this;
    }

    /// <summary>What each manager owns, managers being written <c>name</c>; no others may own anything.</summary>
    public OwnedObject OwnedBy(params (string Manager, string FieldsV1)[] expected)
    {
        Assert.Equal(
            expected.OrderBy(e => e.Manager, StringComparer.Ordinal).Select(e => $"{e.Manager} {Sample.Text(Sample.Set(e.FieldsV1))}"),
            Entries.OrderBy(e => e.Manager.Name, StringComparer.Ordinal).Select(e => $"{e.Manager.Name} {Sample.Text(e.Fields)}"));
        return this;
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeSeconds(++_seconds);
}
