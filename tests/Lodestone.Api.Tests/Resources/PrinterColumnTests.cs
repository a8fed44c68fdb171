using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Api.Tests.Resources;

public class PrinterColumnTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-5, "<invalid>")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(310, "5m10s")]
    [InlineData(600, "10m")]
    [InlineData((3 * 3600) - 1, "179m")]
    [InlineData((3 * 3600) + (12 * 60), "3h12m")]
    [InlineData(8 * 3600, "8h")]
    [InlineData((48 * 3600) - 1, "47h")]
    [InlineData(50 * 3600, "2d2h")]
    [InlineData(8 * 86400, "8d")]
    [InlineData(2 * 365 * 86400, "2y")]
    [InlineData(((2 * 365) + 3) * 86400, "2y3d")]
    [InlineData(8 * 365 * 86400, "8y")]
    public void HumanDuration_Seconds_AsKubectl(int seconds, string expected) => Assert.Equal(expected, HumanDuration.Format(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("{metadata: {name: lb, creationTimestamp: '2026-07-01T11:55:00Z'}}", "Name=lb IPs=None Age=5m")]
    [InlineData("{metadata: {name: lb}, status: {ips: [192.0.2.1, '2001:db8::1']}}", "Name=lb IPs=192.0.2.1,2001:db8::1 Age=<unknown>")]
    public void LoadBalancer_Columns_AreIronCores(string yaml, string expected) => Assert.Equal(expected, Row(Document.Parse<LoadBalancer>(yaml), 0));

    [Theory]
    [InlineData("spec: {type: Public, networkRef: {name: net}}", "Type=Public Targets= State=<unknown> Network=net Ports=all")]
    [InlineData(
        "spec: {ports: [{port: 80}, {port: 100, endPort: 200, protocol: UDP}]}, status: {readyTargets: 2/3, state: Ready}",
        "Type= Targets=2/3 State=Ready Network= Ports=80/TCP,100-200/UDP")]
    public void LoadBalancer_WideColumns_TellTheRest(string fields, string expected) =>
        Assert.Equal(expected, Row(Document.Parse<LoadBalancer>($"{{metadata: {{name: lb}}, {fields}}}"), 1));

    [Fact]
    public void LoadBalancer_BeingDeleted_StateSaysSo()
    {
        LoadBalancer lb = Document.Parse<LoadBalancer>("{metadata: {name: lb}, status: {state: Ready}}");
        lb.Metadata.DeletionTimestamp = Now;

        Assert.Contains(" State=Deleting ", Row(lb, 1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("destinations: []", "<unset>")]
    [InlineData("destinations: [{ip: 10.0.0.1}, {ip: 10.0.0.2}, {ip: 10.0.0.3}]", "10.0.0.1,10.0.0.2,10.0.0.3")]
    [InlineData("destinations: [{ip: 10.0.0.1}, {ip: 10.0.0.2}, {ip: 10.0.0.3}, {ip: 10.0.0.4}, {ip: 10.0.0.5}]", "10.0.0.1,10.0.0.2,10.0.0.3 + 2 more")]
    public void Routing_Targets_ShowsThree(string fields, string expected) =>
        Assert.Equal($"Name=r Targets={expected} Age=<unknown>", Row(Document.Parse<LoadBalancerRouting>($"{{metadata: {{name: r}}, {fields}}}"), 0));

    [Fact]
    public void Network_Columns_AreIronCores() =>
        Assert.Equal("Name=n State=<unknown> ProviderID=p Age=<unknown>", Row(Document.Parse<Network>("{metadata: {name: n}, spec: {providerID: p}}"), 0));

    [Fact]
    public void NetworkInterface_Columns_AreIronCores() =>
        Assert.Equal(
            "Name=n Network=net Machine=<none> IPs=10.0.0.1 Prefixes=<none> VirtualIP=<none> State=Available Age=<unknown>",
            Row(Document.Parse<NetworkInterface>("{metadata: {name: n}, spec: {networkRef: {name: net}}, status: {state: Available, ips: [10.0.0.1]}}"), 0));

    [Fact]
    public void Host_Columns_TellWhetherItIsReady() =>
        Assert.Equal(
            "Name=h Ready=True Roles=Gateway Drain= Age=<unknown>",
            Row(Document.Parse<Host>("{metadata: {name: h}, spec: {roles: [Gateway]}, status: {conditions: [{type: Ready, status: 'True'}]}}"), 0));

    [Fact]
    public void Event_Columns_AreKubectls() =>
        Assert.Equal(
            "Last Seen=30s Type=Normal Reason=R Object=loadbalancer/a Message=m",
            Row(
                Document.Parse<Event>(
                    "{metadata: {name: e}, type: Normal, reason: R, message: 'm\n', lastTimestamp: '2026-07-01T11:59:30Z', involvedObject: {kind: LoadBalancer, name: a}}"),
                0));

    [Fact]
    public void Columns_EmptyObjectOfEveryKind_DoNotThrow()
    {
        foreach (ResourceDefinition definition in ResourceDefinitions.All)
        {
            var resource = (KubernetesObject)System.Text.Json.JsonSerializer.Deserialize("{}", definition.TypeInfo)!;

            Assert.All(definition.Columns, column => Assert.True(column.Cell(resource, Now) is null or string or int or long));
        }
    }

    private static string Row<T>(T resource, int priority)
        where T : KubernetesObject =>
        string.Join(' ', ResourceDefinitions.Of<T>().Columns.Where(c => c.Priority == priority).Select(c => $"{c.Name}={c.Cell(resource, Now)}"));
}
