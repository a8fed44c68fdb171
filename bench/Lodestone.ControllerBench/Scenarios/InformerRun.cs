using System.Diagnostics;
using System.Net;
using System.Text;
using Lodestone.Api.Networking;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.ControllerBench.Report;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>How fast an informer takes in a list, from a server, and events, from memory, so that only the client is measured.</summary>
internal sealed class InformerRun(Action<string> say)
{
    private const int Rounds = 3;

    /// <summary>Fills an informer with all network interfaces of a server, until its handler has heard of each; the best of some rounds.</summary>
    public async Task<InformerPhase> ListAsync(ApiClient client, int count)
    {
        double best = double.MaxValue;
        double bytes = 0;
        for (int round = 0; round < Rounds; round++)
        {
            (double seconds, double used) = await FillAsync(client, count);
            (best, bytes) = (Math.Min(best, seconds), Math.Max(bytes, used));
        }

        var result = new InformerPhase("initial list, from the server", count, best, count / best, 0, bytes);
        say($"{result}");
        return result;
    }

    /// <summary>Feeds an informer with events of objects of a size.</summary>
    public async Task<InformerPhase> EventsAsync(int count, int padding)
    {
        double best = double.MaxValue;
        int frame = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var stream = new EventStream(count, padding);
            frame = stream.FrameBytes;
            using var client = new ApiClient(new Replay(stream), new Uri("http://localhost"));
            best = Math.Min(best, await TimeAsync(new SharedInformer<NetworkInterface>(client), count));
        }

        var result = new InformerPhase($"events of {frame / 1000.0:F1} kB", count, best, count / best, count / best * frame / 1e6, 0);
        say($"{result}");
        return result;
    }

    /// <summary>One round, in a method of its own: the next one's heap must not hold this one's informer.</summary>
    private static async Task<(double Seconds, double BytesPerObject)> FillAsync(ApiClient client, int count)
    {
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        var informer = new SharedInformer<NetworkInterface>(client);
        double seconds = await TimeAsync(informer, count);
        double bytes = (GC.GetTotalMemory(forceFullCollection: true) - heap) / (double)count;
        GC.KeepAlive(informer);
        return (seconds, bytes);
    }

    private static async Task<double> TimeAsync(SharedInformer<NetworkInterface> informer, int count)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int heard = 0;
        informer.AddHandler((_, _) =>
        {
            if (++heard == count)
            {
                all.TrySetResult();
            }
        });
        using var stop = new CancellationTokenSource();
        long started = Stopwatch.GetTimestamp();
        Task run = Task.Run(() => informer.RunAsync(stop.Token));
        await all.Task;
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await stop.CancelAsync();
        await run;
        return seconds;
    }

    /// <summary>An empty list, and a watch with what is to be replayed.</summary>
    private sealed class Replay(EventStream stream) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(
            new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal)
                    ? new StreamContent(stream, 65536)
                    : new StringContent("""{"metadata":{"resourceVersion":"0"},"items":[]}""", Encoding.UTF8, "application/json"),
            });
    }
}
