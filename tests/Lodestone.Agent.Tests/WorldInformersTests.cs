using System.Net;
using System.Text;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests;

public sealed class WorldInformersTests
{
    private const int Gateways = 3;

    /// <summary>A gateway that plans before it knows the others' leases would take over what is theirs; here nobody who is told of a change gets any further meanwhile.</summary>
    [Fact]
    public async Task WaitForSync_HandlersLagBehind_EveryGatewaysLeaseCounts()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var told = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = new ApiClient(new ListingApi(begun.Task), new Uri("http://api.invalid"));
        var informers = new WorldInformers("host-0", isGateway: true, client, told.Wait, told.Wait, NullLoggerFactory.Instance, new ManualTime(World.Start));
        Task running = informers.RunAsync(end.Token);
        begun.SetResult();

        await informers.WaitForSyncAsync(end.Token);
        HashSet<string> ready = informers.ReadyHosts(Enumerable.Range(0, Gateways).Select(HostOf));

        told.Set();
        await end.CancelAsync();
        await running;
        Assert.Equal(["host-0", "host-1", "host-2"], ready.Order());
    }

    private static Host HostOf(int number) => new()
    {
        Metadata = new ObjectMeta { Name = $"host-{number}" },
        Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = "True" }] },
    };

    /// <summary>Lists leases, and nothing of all else; nothing happens afterwards.</summary>
    /// <param name="begun">Answers nothing before: all handlers wait for changes then.</param>
    private sealed class ListingApi(Task begun) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await begun;
            string path = request.RequestUri!.PathAndQuery;
            if (path.Contains("watch=", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            string items = !path.Contains("/leases", StringComparison.Ordinal) ? "" : string.Join(',', Enumerable.Range(0, Gateways).Select(i =>
                $$"""{"metadata":{"namespace":"lodestone-system","name":"host-{{i}}","resourceVersion":"{{i + 1}}"},"spec":{"leaseDurationSeconds":2} }"""));
            string body = $$"""{"metadata":{"resourceVersion":"9999"},"items":[{{items}}]}""";
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        }
    }
}
