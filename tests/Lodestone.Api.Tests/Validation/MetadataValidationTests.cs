using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Validation;
using Xunit;

namespace Lodestone.Api.Tests.Validation;

public class MetadataValidationTests
{
    private const string Subdomain =
        @"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string Label =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string LabelValue =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string QualifiedName =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    [Theory]
    [InlineData("name: a.b-c.1, namespace: default", null)]
    [InlineData("namespace: default", "metadata.name: Required value: name or generateName is required")]
    [InlineData("name: A, namespace: default", "metadata.name: Invalid value: \"A\": " + Subdomain)]
    [InlineData("name: a..b, namespace: default", "metadata.name: Invalid value: \"a..b\": " + Subdomain)]
    [InlineData("name: a", "metadata.namespace: Required value")]
    [InlineData("name: a, namespace: a.b", "metadata.namespace: Invalid value: \"a.b\": " + Label)]
    [InlineData("name: a, generateName: a-, namespace: default", null)]
    [InlineData("name: a, generateName: A-, namespace: default", "metadata.generateName: Invalid value: \"A-\": " + Subdomain)]
    [InlineData("name: a, namespace: default, labels: {example.com/a: b, c: ''}", null)]
    [InlineData("name: a, namespace: default, labels: {a: '-'}", "metadata.labels: Invalid value: \"-\": " + LabelValue)]
    [InlineData("name: a, namespace: default, labels: {'a b': c}", "metadata.labels: Invalid value: \"a b\": name part " + QualifiedName)]
    [InlineData("name: a, namespace: default, labels: {/a: c}", "metadata.labels: Invalid value: \"/a\": prefix part must be non-empty")]
    [InlineData(
        "name: a, namespace: default, labels: {a/b/c: d}",
        "metadata.labels: Invalid value: \"a/b/c\": a qualified name " + QualifiedName + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")]
    [InlineData("name: a, namespace: default, annotations: {Example.com/A: '%'}", null)]
    [InlineData("name: a, namespace: default, finalizers: [example.com/x]", null)]
    [InlineData("name: a, namespace: default, finalizers: ['a b']", "metadata.finalizers: Invalid value: \"a b\": name part " + QualifiedName)]
    [InlineData(
        "name: a, namespace: default, finalizers: [orphan, foregroundDeletion]",
        "metadata.finalizers: Invalid value: \"orphan\": finalizer orphan and foregroundDeletion cannot be both set")]
    [InlineData("name: a, namespace: default, ownerReferences: [{apiVersion: v1, kind: K, name: n, uid: u, controller: true}]", null)]
    [InlineData("name: a, namespace: default, ownerReferences: [{apiVersion: v1, kind: K, name: n}]", "metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty")]
    [InlineData(
        "name: a, namespace: default, ownerReferences: [{kind: K, name: n, uid: u}]",
        "metadata.ownerReferences[0].apiVersion: Invalid value: \"\": version must not be empty")]
    [InlineData(
        "name: a, namespace: default, ownerReferences: [{apiVersion: v1, kind: K, name: n, uid: u, controller: true}, {apiVersion: v1, kind: K, name: m, uid: w, controller: true}]",
        "metadata.ownerReferences[1].controller: Invalid value: true: Only one reference can have Controller set to true. Found \"true\" in references for n and m")]
    public void Validate_Metadata_TellsExactly(string metadata, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], Document.Errors<Network>($"{{metadata: {{{metadata}}}}}"));

    [Fact]
    public void Validate_ClusterScopedWithNamespace_IsForbidden() =>
        Assert.Equal(
            ["metadata.namespace: Forbidden: not allowed on this type"],
            Document.Errors<Host>("{metadata: {name: a, namespace: default}}"));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void Validate_LoadBalancerName_IsALabel(int length, bool expected)
    {
        string[] errors = Document.Errors<LoadBalancer>(
            $"{{metadata: {{name: {new string('a', length)}, namespace: default}}, spec: {{type: Public, ipFamilies: [IPv4], networkRef: {{name: net}}}}}}");

        Assert.Equal(expected ? [] : [$"metadata.name: Invalid value: \"{new string('a', length)}\": must be no more than 63 bytes"], errors);
    }

    [Fact]
    public void Validate_Annotations_HoldAtMost256KiBInAll()
    {
        Network network = Document.Parse<Network>("{metadata: {name: a, namespace: default}}");
        network.Metadata.Annotations = new() { ["a"] = new string('x', (256 * 1024) - 1) };
        Assert.Empty(Api.Resources.ResourceDefinitions.Network.Strategy.Validate(network));

        network.Metadata.Annotations["b"] = "";

        FieldError error = Assert.Single(Api.Resources.ResourceDefinitions.Network.Strategy.Validate(network));
        Assert.Equal("metadata.annotations: Too long: may not be more than 262144 bytes", error.ToString());
        Assert.Equal("FieldValueTooLong", error.ToCause().Reason);
    }

    [Fact]
    public void ValidateUpdate_BeingDeleted_TakesNoNewFinalizer() =>
        Assert.Equal(
            ["metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.com/b\"}"],
            Document.UpdateErrors<Network>(
                "{metadata: {name: a, namespace: default, finalizers: [example.com/a, example.com/b]}}",
                "{metadata: {name: a, namespace: default, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [example.com/a]}}"));
}
