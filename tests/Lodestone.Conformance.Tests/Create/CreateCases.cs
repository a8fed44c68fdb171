using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Create;

public sealed class CreateCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("configmaps")]
    [InlineData("secrets")]
    [InlineData("serviceaccounts")]
    [InlineData("leases")]
    [InlineData("roles")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    [InlineData("networkinterfaces")]
    public async Task Create_NamespacedObject_ServerSetsMetadata(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        created.Matches($$$"""
            {"apiVersion":"{{{kind.ApiVersion}}}","kind":"{{{kind.Name}}}","metadata":{"name":"a","namespace":"{{{Namespace}}}","uid":"<uid>","resourceVersion":"<rv>","creationTimestamp":"<time>","deletionTimestamp":"<absent>"}}
            """);
        (await Api.GetAsync(kind.At(Namespace, "a"))).Is(200).IsExactly(created.Text);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("loadbalancers")]
    public async Task Create_NameThatExists_IsAlreadyExists(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        string group = kind.Group.Length == 0 ? "" : $"\"group\":\"{kind.Group}\",";
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest("a")))
            .IsFailure(409, "AlreadyExists", $"{kind.Resource} \"a\" already exists", $$"""{"name":"a",{{group}}"kind":"{{plural}}"}""");
    }
}
