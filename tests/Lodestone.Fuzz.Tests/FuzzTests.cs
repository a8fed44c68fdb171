using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Lodestone.Client.Config;

namespace Lodestone.Fuzz.Tests;

/// <summary>
/// Bodies, paths, patches and headers that are nearly right: the server answers every one with a Status, in time, and without growing.
/// <c>LODESTONE_FUZZ_SECONDS=600</c> for long runs, <c>LODESTONE_FUZZ_SEED</c> to repeat one.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Clients = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Requests_NearlyRight_AreAnsweredWithoutFailureHangOrGrowth()
    {
        var duration = TimeSpan.FromSeconds(Number("LODESTONE_FUZZ_SECONDS", 15));
        int seed = Number("LODESTONE_FUZZ_SEED", (int)(Stopwatch.GetTimestamp() & 0x7FFFFFFF));
        output.WriteLine($"seed {seed}, {duration.TotalSeconds} s");
        string directory = Directory.CreateTempSubdirectory("lodestone-fuzz-").FullName;
        try
        {
            using Process server = await StartAsync(directory);
            var config = KubeConfig.Load(Path.Combine(directory, "kubeconfig"));
            using HttpClient admin = Client(config, 2);
            foreach (string ns in (string[])["fuzz-a", "fuzz-b"])
            {
                using var body = new StringContent($$$"""{"metadata":{"name":"{{{ns}}}"}}""", new MediaTypeHeaderValue("application/json"));
                using HttpResponseMessage created = await admin.PostAsync("/api/v1/namespaces", body, TestContext.Current.CancellationToken);
                Assert.Equal(201, (int)created.StatusCode);
            }

            var run = new Run(duration);
            Task<string> log = server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task growth = run.WatchMemoryAsync(server);
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(async () =>
            {
                using HttpClient client = Client(config, i % 2 == 0 ? 1 : 2);
                await run.ClientAsync(client, new Mutator(new Random(seed + i)));
            })));
            await growth;

            output.WriteLine($"{run.Requests} requests; by code: {string.Join(", ", run.Codes.OrderBy(c => c.Key).Select(c => $"{c.Key}: {c.Value}"))}");
            output.WriteLine($"resident: {string.Join(", ", run.Megabytes.Where((_, i) => i % Math.Max(1, run.Megabytes.Count / 12) == 0))} MB");
            bool hasEnded = server.HasExited;
            server.Kill();
            string errors = await log;
            Assert.False(hasEnded, $"the server ended: {errors}");
            Assert.True(run.Problems.Count == 0, $"seed {seed}:\n{string.Join("\n\n", run.Problems.Take(8))}\n{errors[..Math.Min(errors.Length, 20_000)]}");
            Assert.True(run.Codes.Keys.Any(c => c is 200 or 201), "nothing was ever accepted: the fuzzer has lost touch with the API");
            Assert.True(run.Codes.ContainsKey(422) && run.Codes.ContainsKey(400), "nothing was ever refused: the fuzzer has lost touch with the API");
            CheckGrowth(run.Megabytes);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>
    /// The names are few, so what is stored is bounded; what grows after the first half, beyond the watch history's own bound, is a leak.
    /// </summary>
    private static void CheckGrowth(List<double> megabytes)
    {
        if (megabytes.Count < 20)
        {
            return;
        }

        double middle = megabytes[(megabytes.Count / 2)..(megabytes.Count * 3 / 4)].Max();
        double end = megabytes[(megabytes.Count * 3 / 4)..].Max();
        Assert.True(end < (middle * 1.25) + 40, $"resident memory grows: {middle} MB in the third quarter, {end} MB in the last");
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private static async Task<Process> StartAsync(string directory)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Lodestone.ApiServer.TestHost");
        var process = Process.Start(new ProcessStartInfo(program, directory)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // What the collector hasn't yet given back must not look like growth.
            Environment = { ["DOTNET_GCConserveMemory"] = "5" },
        })!;
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        return process;
    }

    private static HttpClient Client(KubeConfig config, int version)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(config.CertificateAuthorities);
        handler.SslOptions.ClientCertificates = [config.ClientCertificate!];
        return new HttpClient(handler)
        {
            BaseAddress = config.Server,
            DefaultRequestVersion = new Version(version, version == 1 ? 1 : 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Patience,
        };
    }

    private sealed class Run(TimeSpan duration)
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private int _requests;

        public int Requests => _requests;

        public Dictionary<int, int> Codes { get; } = [];

        public List<string> Problems { get; } = [];

        public List<double> Megabytes { get; } = [];

        public async Task WatchMemoryAsync(Process server)
        {
            while (_clock.Elapsed < duration && !server.HasExited)
            {
                server.Refresh();
                Megabytes.Add(Math.Round(server.WorkingSet64 / 1e6));
                await Task.Delay(500);
            }
        }

        public async Task ClientAsync(HttpClient client, Mutator mutator)
        {
            while (_clock.Elapsed < duration && Problems.Count < 20)
            {
                var request = FuzzRequest.Make(mutator);
                Interlocked.Increment(ref _requests);
                if (await SendAsync(client, request) is { } problem)
                {
                    lock (Problems)
                    {
                        Problems.Add($"{problem}\n{Describe(request)}");
                    }
                }
            }
        }

        private static string Describe(FuzzRequest request)
        {
            string body = request.Body is null ? "" : request.Body.Length > 3000 ? $"({request.Body.Length} bytes)" : JsonSerializer.Serialize(System.Text.Encoding.UTF8.GetString(request.Body));
            return $"{request.Method} {request.Path}\nContent-Type: {request.ContentType}\nAccept: {request.Accept}\nUser-Agent: {request.UserAgent}\n{body}";
        }

        private async Task<string?> SendAsync(HttpClient client, FuzzRequest fuzz)
        {
            using var message = new HttpRequestMessage(
                new HttpMethod(fuzz.Method),
                new Uri(client.BaseAddress!.GetLeftPart(UriPartial.Authority) + fuzz.Path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            if (fuzz.Accept is not null)
            {
                message.Headers.TryAddWithoutValidation("Accept", fuzz.Accept);
            }

            if (fuzz.UserAgent is not null)
            {
                message.Headers.TryAddWithoutValidation("User-Agent", fuzz.UserAgent);
            }

            if (fuzz.Body is not null)
            {
                message.Content = new ByteArrayContent(fuzz.Body);
                message.Content.Headers.TryAddWithoutValidation("Content-Type", fuzz.ContentType);
            }

            try
            {
                using HttpResponseMessage response = await client.SendAsync(message, TestContext.Current.CancellationToken);
                byte[] body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
                int code = (int)response.StatusCode;
                lock (Codes)
                {
                    Codes[code] = Codes.GetValueOrDefault(code) + 1;
                }

                // 504 and 507 say why; what else begins with 5 is a defect.
                if (code >= 500 && code is not (504 or 507))
                {
                    return $"HTTP {code}: {System.Text.Encoding.UTF8.GetString(body)}";
                }

                bool isHealth = fuzz.Path.StartsWith("/livez", StringComparison.Ordinal) || fuzz.Path.StartsWith("/readyz", StringComparison.Ordinal) || fuzz.Path.StartsWith("/healthz", StringComparison.Ordinal);
                return code >= 400 && fuzz.Method != "HEAD" && !isHealth ? CheckStatus(fuzz.Path, code, response.Content.Headers.ContentType?.MediaType, body) : null;
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                return $"no answer within {Patience.TotalSeconds} s";
            }
            catch (HttpRequestException exception) when (exception.InnerException is FormatException || exception.HttpRequestError is HttpRequestError.Unknown && fuzz.UserAgent == "é")
            {
                // The client itself wouldn't send this.
                return null;
            }
            catch (HttpRequestException exception)
            {
                // A server that answers before it has read three megabytes may close under the client's hands.
                return fuzz.Body?.Length > 1 << 20 ? null : $"no answer: {exception}";
            }
        }

        private static string? CheckStatus(string path, int code, string? type, byte[] body)
        {
            // Kestrel itself refuses a NUL in a path, before anything of ours sees it.
            if ((code == 400 && body.Length == 0 && path.Contains("%00", StringComparison.Ordinal)) || type is "application/yaml" or "application/vnd.kubernetes.protobuf")
            {
                return null;
            }

            try
            {
                using var document = JsonDocument.Parse(body);
                JsonElement status = document.RootElement;
                return status.GetProperty("kind").GetString() == "Status" && status.GetProperty("code").GetInt32() == code ? null : $"HTTP {code} with another Status: {status}";
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                return $"HTTP {code} ({type}) without a Status: {System.Text.Encoding.UTF8.GetString(body)}";
            }
        }
    }
}
