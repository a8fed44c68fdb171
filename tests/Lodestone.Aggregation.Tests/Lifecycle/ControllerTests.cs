using Lodestone.Aggregation.Tests.Support;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Controllers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodestone.Aggregation.Tests.Lifecycle;

/// <summary>The controllers, against the cluster: our kinds come through the aggregator, Leases, Events and Namespaces are the cluster's own.</summary>
[Collection(AggregatedCollection.Name)]
public sealed class ControllerTests(AggregatedFixture servers)
{
    [Fact]
    public async Task Controllers_WithTheRightsOfTheManifests_GiveALoadBalancerItsAddress()
    {
        string ns = await servers.NamespaceAsync();
        using var client = new ApiClient(KubeConfig.Load(servers.Kube.WriteKubeconfig("controller.kubeconfig", "lodestone:controller", "lodestone:controllers")));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task controllers = ControllerManager.RunAsync(client, new ControllerOptions { LeaderElection = true }, NullLoggerFactory.Instance, TimeProvider.System, stop.Token);
        await servers.Kubectl.RunAsync("create -f -", """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"AddressPool","metadata":{"name":"public"},
             "spec":{"addresses":["198.51.100.0/24"]}}
            """);

        await servers.Kubectl.RunAsync($"-n {ns} create -f -", """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"net-a"}}""");
        await servers.Kubectl.RunAsync($"-n {ns} create -f -", AggregatedFixture.LoadBalancer("web"));

        await servers.Kubectl.RunAsync($"-n {ns} wait lb/web --for=jsonpath={{.status.ips[0]}} --timeout=30s");
        Assert.StartsWith("198.51.100.", await servers.Kubectl.RunAsync($"-n {ns} get lb web -o jsonpath={{.status.ips[0]}}"), StringComparison.Ordinal);
        Assert.NotEqual("", await servers.Kubectl.RunAsync("-n lodestone-system get lease lodestone-controllers -o jsonpath={.spec.holderIdentity}"));
        await AggregatedFixture.UntilAsync(
            async () => (await servers.Kubectl.RunAsync($"-n {ns} get events -o name")).Length > 0, "an Event of the controllers is in the cluster");
        await stop.CancelAsync();
        try
        {
            await controllers;
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
