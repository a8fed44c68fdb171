using CsCheck;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>What holds for all objects, sets and sequences of writes.</summary>
public sealed class ApplyPropertyTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    private static readonly Gen<Value> Text = Gen.Int[0, 2].Select(i => Names[i]).Select(Value.Of);

    private static readonly Gen<Value> Number = Gen.Int[0, 3].Select(n => Value.Of((long)n));

    private static readonly Gen<Value> StringSet = Gen.Int[0, 2].Select(i => Names[i]).HashSet[0, 3].Select(s => Value.Of([.. s.Select(Value.Of)]));

    private static readonly Gen<Value> Labels = Map(Names, _ => Text);

    private static readonly Gen<Value> Inner = Struct(("text", Text), ("number", Number));

    private static readonly Gen<Value> Untyped = Gen.Recursive<Value>((depth, next) =>
        depth >= 2 ? Text : Gen.OneOf(Text, Number, next.Array[0, 2].Select(Value.Of), Map(Names, _ => next)));

    private static readonly Gen<Value> Objects = Struct(
        ("text", Text),
        ("number", Number),
        ("struct", Struct(("text", Text), ("number", Number), ("inner", Inner))),
        ("atomicStruct", Inner),
        ("labels", Labels),
        ("atomicMap", Labels),
        ("list", StringSet),
        ("set", StringSet),
        ("structs", Map(Names, _ => Item(null))),
        ("items", Items()),
        ("any", Untyped));

    private static readonly Gen<Value> Filled = Objects.Select(o => WithoutEmpty(o) is { IsAbsent: false } filled ? filled : Value.EmptyMap);

    private static readonly Gen<FieldSet> Sets = Objects.Select(o => FieldSets.Of(o, Sample.Schema));

    [Fact]
    public void Algebra_AnySets_ObeysItsLaws() => Gen.Select(Sets, Sets, Sets).Sample((a, b, c) =>
        a.Union(b).Equals(b.Union(a))
        && a.Union(b).Union(c).Equals(a.Union(b.Union(c)))
        && a.Intersect(b).Equals(b.Intersect(a))
        && a.Intersect(b).Equals(a.Except(a.Except(b)))
        && a.Except(b).Except(c).Equals(a.Except(b.Union(c)))
        && a.Except(b).Intersect(b).IsEmpty
        && a.Except(b).Union(a.Intersect(b)).Equals(a)
        && a.ExceptWithin(b).Except(b).Equals(a.ExceptWithin(b))
        && a.Union(a).Equals(a) && a.Intersect(a).Equals(a) && a.Except(a).IsEmpty
        && a.Count + b.Count == a.Union(b).Count + a.Intersect(b).Count
        && a.Paths().All(path => a.Union(b).Has(path)));

    [Fact]
    public void FieldsV1_AnySet_ComesBack() => Sets.Sample(set => FieldsV1.Parse(System.Text.Encoding.UTF8.GetBytes(Sample.Text(set))).Equals(set));

    [Fact]
    public void Compare_AnyObjects_SwapsAddedAndRemoved() => Gen.Select(Objects, Objects).Sample((a, b) =>
    {
        FieldChanges there = FieldComparer.Compare(a, b, Sample.Schema);
        FieldChanges back = FieldComparer.Compare(b, a, Sample.Schema);
        return there.Added.Equals(back.Removed) && there.Removed.Equals(back.Added) && there.Modified.Equals(back.Modified)
            && there.Added.Intersect(there.Modified).IsEmpty && there.Added.Intersect(there.Removed).IsEmpty
            && (!there.IsEmpty || SameButOrder(a, b));
    });

    [Fact]
    public void Merge_AnyObjects_HasAllThatIsApplied() => Gen.Select(Objects, Objects).Sample((live, applied) =>
    {
        Value merged = FieldMerger.Merge(live, applied, Sample.Schema);
        FieldSet lost = FieldComparer.Compare(live, merged, Sample.Schema).Removed;
        FieldSet different = FieldComparer.Compare(applied, merged, Sample.Schema).Modified;
        return FieldMerger.Merge(merged, applied, Sample.Schema) == merged
            && different.Except(FieldSets.Of(live, Sample.Schema)).IsEmpty
            && lost.Paths().All(path => path[0].Name == "any");
    });

    [Fact]
    public void Extract_AnyFields_HasNoOthers() => Gen.Select(Objects, Sets).Sample((value, fields) =>
    {
        Value extracted = FieldRemover.Extract(value, fields.WithNamedFields(Sample.Schema), Sample.Schema);
        return extracted.IsAbsent || IsWithin(FieldSets.Of(extracted, Sample.Schema), fields);
    });

    [Fact]
    public void Remove_AnyFields_LeavesNoneOfThem() => Gen.Select(Objects, Sets).Sample((value, fields) =>
    {
        FieldSet there = FieldSets.Of(value, Sample.Schema);
        FieldSet left = FieldSets.Of(FieldRemover.Remove(value, there.Intersect(fields), Sample.Schema), Sample.Schema);
        return left.Intersect(fields).Intersect(there).IsEmpty;
    });

    // Without empty maps and lists: one that lost its last item is null until it is applied again.
    [Fact]
    public void Apply_AnyConfigurationTwice_ChangesNothingTheSecondTime() => Gen.Select(Filled, Filled, Filled).Sample((first, other, config) =>
    {
        OwnedObject value = new OwnedObject().Apply("one", Quote(first)).Apply("two", Quote(other), force: true).Apply("one", Quote(config), force: true);
        Value live = value.Live;
        string[] owners = Owners(value);

        value.Apply("one", Quote(config));

        return value.Live == live && Owners(value).SequenceEqual(owners);
    });

    [Fact]
    public void Apply_ConfigurationLeftOut_RemovesExactlyWhatNobodyElseOwns() => Gen.Select(Objects, Objects).Sample((first, second) =>
    {
        OwnedObject value = new OwnedObject().Apply("one", Quote(first)).Apply("two", Quote(second), force: true);
        FieldSet others = value.Entries.Where(e => e.Manager.Name == "two").Aggregate(FieldSet.Empty, (all, e) => all.Union(e.Fields));
        FieldSet sole = value.Entries.Where(e => e.Manager.Name == "one").Aggregate(FieldSet.Empty, (all, e) => all.Union(e.Fields)).Except(others);

        value.Apply("one", "{}");

        FieldSet left = value.Live.Map is null ? FieldSet.Empty : FieldSets.Of(value.Live, Sample.Schema);
        return left.Intersect(sole).Except(Containers(others)).IsEmpty && IsWithin(others, left) && value.Entries.All(e => e.Manager.Name == "two");
    });

    [Fact]
    public void Apply_AnyConflict_IsWithWhoOwnsWhatWouldChange() => Gen.Select(Objects, Objects).Sample((first, second) =>
    {
        OwnedObject value = new OwnedObject().Apply("one", Quote(first));
        FieldSet owned = value.Entries.Count == 0 ? FieldSet.Empty : value.Entries[0].Fields;
        Value merged = FieldMerger.Merge(value.Live, second, Sample.Schema);
        FieldSet expected = FieldComparer.Compare(value.Live, merged, Sample.Schema).Written.Intersect(owned);
        try
        {
            value.Apply("two", Quote(second));
            return expected.IsEmpty;
        }
        catch (FieldConflictException exception)
        {
            return FieldSet.Of([.. exception.Conflicts.Select(c => c.Path)]).Equals(expected) && value.Entries.Count == 1;
        }
    });

    [Fact]
    public void Update_AnySequence_EveryFieldHasOneOwner() => Gen.Select(Objects, Objects, Objects).Sample((first, second, third) =>
    {
        OwnedObject value = new OwnedObject().Update("u1", Quote(first)).Update("u2", Quote(second)).Update("u1", Quote(third));
        FieldSet all = FieldSet.Empty;
        bool isDisjoint = true;
        foreach (ManagedEntry entry in value.Entries)
        {
            isDisjoint &= all.Intersect(entry.Fields).IsEmpty;
            all = all.Union(entry.Fields);
        }

        return isDisjoint && IsWithin(FieldSets.Of(third, Sample.Schema), all);
    });

    // A container that is still there because of somebody's field in it may have been a member, empty, of one that is gone.
    private static FieldSet Containers(FieldSet fields) => FieldSet.FromNodes(
        [.. fields.Nodes.ToArray().Where(n => !n.Children.IsEmpty).Select(n => new FieldNode(n.Element, true, Containers(n.Children)))]);

    // An empty container stands for the fields below it.
    private static bool IsWithin(FieldSet fields, FieldSet all) => fields.Except(all).Except(Containers(all)).IsEmpty;

    private static string[] Owners(OwnedObject value) => [.. value.Entries.Select(e => $"{e.Manager} {Sample.Text(e.Fields)}").Order(StringComparer.Ordinal)];

    private static Value WithoutEmpty(Value value)
    {
        if (value.Map is not { } map)
        {
            return value switch
            {
                { IsNull: true } or { List.Length: 0 } => default,
                { List: { } list } => Value.Of([.. list.Select(WithoutEmpty)]),
                _ => value,
            };
        }

        KeyValuePair<string, Value>[] members =
            [.. map.Members.ToArray().Select(m => KeyValuePair.Create(m.Key, WithoutEmpty(m.Value))).Where(m => !m.Value.IsAbsent)];
        return members.Length == 0 ? default : Value.Of(new ValueMap(members));
    }

    private static string Quote(Value value) => Sample.Text(value);

    private static bool SameButOrder(Value a, Value b) =>
        FieldSets.Of(a, Sample.Schema).Equals(FieldSets.Of(b, Sample.Schema));

    private static Gen<Value> Struct(params (string Name, Gen<Value> Value)[] members) => Map([.. members.Select(m => m.Name)], name => members.First(m => m.Name == name).Value);

    /// <summary>A map of some of the names.</summary>
    private static Gen<Value> Map(string[] names, Func<string, Gen<Value>> value)
    {
        Gen<ValueMap> map = Gen.Const(ValueMap.Empty);
        foreach (string name in names)
        {
            map = Gen.Select(map, Gen.Bool, value(name), (members, isThere, member) => isThere ? members.With(name, member) : members);
        }

        return map.Select(Value.Of);
    }

    private static Gen<Value> Item(string? name) => Struct(
            ("value", Number), ("set", StringSet), ("labels", Labels), ("list", name is null ? Gen.Const(Value.Of([])) : NamedInner()))
        .Select(v => Value.Of(v.Map!.With("name", Value.Of(name ?? "x"))));

    private static Gen<Value> NamedInner() => Map(Names, name => Struct(("value", Number)).Select(v => Value.Of(v.Map!.With("name", Value.Of(name)))))
        .Select(v => Value.Of([.. v.Map!.Members.ToArray().Select(m => m.Value)]));

    private static Gen<Value> Items() => Map(Names, Item).Select(v => Value.Of([.. v.Map!.Members.ToArray().Select(m => m.Value)]));
}
