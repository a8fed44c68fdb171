using Lodestone.Api.BuiltIn;
using Xunit;

namespace Lodestone.Api.Tests.BuiltIn;

/// <summary>The messages are those of Kubernetes 1.32.</summary>
public class EventStrategyTests
{
    private const string Time = "2026-01-01T00:00:00.000000Z";
    private const string Good = "eventTime: '" + Time + "'\nregarding: {kind: A, namespace: n}\nreportingController: x.org/c\nreportingInstance: i\naction: a\nreason: r\ntype: Normal\n";

    [Theory]
    [InlineData("involvedObject: {namespace: n}")]
    [InlineData("involvedObject: {namespace: n}\ntype: Strange")]
    [InlineData("involvedObject: {namespace: m}", "involvedObject.namespace: Invalid value: \"m\": does not match event.namespace")]
    [InlineData("involvedObject: {}", "involvedObject.namespace: Invalid value: \"\": does not match event.namespace")]
    [InlineData("message: x", "involvedObject.namespace: Invalid value: \"\": does not match event.namespace")]
    [InlineData("eventTime: '" + Time + "'\ninvolvedObject: {namespace: m}\nreportingComponent: c\nreportingInstance: i\naction: a\nreason: r")]
    [InlineData(
        "eventTime: '" + Time + "'\ninvolvedObject: {namespace: n}\nreportingComponent: 'a b'",
        "reportingComponent: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        "reportingInstance: Required value",
        "action: Required value",
        "reason: Required value")]
    public void Validate_CoreEvent_TellsEveryProblem(string body, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<Event>("metadata: {name: 'a.b:c', namespace: n}\n" + body));

    [Fact]
    public void Validate_CoreEventOfClusterScope_LivesInDefault() =>
        Assert.Empty(Document.Errors<Event>("metadata: {name: a, namespace: default}\ninvolvedObject: {kind: Node, name: x}"));

    [Theory]
    [InlineData("", "")]
    [InlineData("eventTime: '" + Time + "'\n", "", "eventTime: Required value")]
    [InlineData("action: a", "action: ''", "action: Required value")]
    [InlineData("type: Normal", "type: Strange", "type: Invalid value: \"\": has invalid value: Strange")]
    [InlineData("type: Normal", "type: Normal\nseries: {count: 1}", "series.count: Invalid value: \"\": should be at least 2", "series.lastObservedTime: Required value")]
    [InlineData("type: Normal", "type: Normal\ndeprecatedCount: 1", "count: Invalid value: \"\": needs to be unset")]
    [InlineData("type: Normal", "type: Normal\ndeprecatedSource: {host: h}", "source: Invalid value: \"\": needs to be unset")]
    [InlineData("type: Normal", "type: Normal\ndeprecatedFirstTimestamp: '" + Time + "'", "firstTimestamp: Invalid value: \"\": needs to be unset")]
    public void Validate_NewEvent_TellsEveryProblem(string what, string by, params string[] expected)
    {
        string body = what.Length == 0 ? Good : Good.Replace(what, by, StringComparison.Ordinal);

        Assert.Equal(expected, Document.Errors<EventsEvent>("metadata: {name: a, namespace: n}\n" + body));
    }

    [Fact]
    public void Validate_LongWords_AreRefused()
    {
        string body = Good.Replace("action: a", "action: " + new string('a', 129), StringComparison.Ordinal) + $"note: {new string('b', 1025)}";

        Assert.Equal(
            ["action: Invalid value: \"\": can have at most 128 characters", "message: Invalid value: \"\": can have at most 1024 characters"],
            Document.Errors<EventsEvent>("metadata: {name: a, namespace: n}\n" + body));
    }

    [Theory]
    [InlineData("type: Normal", "type: Normal\nseries: {count: 3, lastObservedTime: '" + Time + "'}")]
    [InlineData("type: Normal", "type: Warning", "type: Invalid value: \"Warning\": field is immutable")]
    [InlineData("type: Normal", "type: Normal\nseries: {count: 1, lastObservedTime: '" + Time + "'}", "series.count: Invalid value: \"\": should be at least 2")]
    [InlineData(
        "kind: A",
        "kind: B",
        "involvedObject: Invalid value: core.ObjectReference{Kind:\"B\", Namespace:\"n\", Name:\"\", UID:\"\", APIVersion:\"\", ResourceVersion:\"\", FieldPath:\"\"}: field is immutable")]
    public void ValidateUpdate_NewEvent_KeepsAllButTheSeries(string what, string by, params string[] expected) =>
        Assert.Equal(
            expected,
            Document.UpdateErrors<EventsEvent>(
                "metadata: {name: a, namespace: n}\n" + Good.Replace(what, by, StringComparison.Ordinal), "metadata: {name: a, namespace: n}\n" + Good));
}
