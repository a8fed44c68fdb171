using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Security.Rbac;
using Lodestone.Client.Certificates;
using Lodestone.Client.Config;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Joining;

/// <summary>Makes a machine one of those whose agents an API server knows.</summary>
/// <remarks>
/// 1. The server's CA, known by its hash. 2. With the token: a certificate for a key that is made here and stays here. 3. As the agent: the
/// key that flows are hashed under. 4. Both into files. Before step 4 nothing on the machine has changed.
/// </remarks>
/// <param name="options">What was told.</param>
/// <param name="say">Told of each step.</param>
/// <param name="time">The clock.</param>
internal sealed class AgentJoiner(JoinOptions options, Action<string> say, TimeProvider time)
{
    private const string UserAgent = "lodestone-join";
    private static readonly ObjectKey FlowHashSecret = new(AgentRole.SystemNamespace, AgentRole.FlowHashSecret);

    /// <summary>Joins.</summary>
    /// <exception cref="CommandException">It did not; the message says what to do.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        RequireWritable(options.Kubeconfig);
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            X509Certificate2 authority = await ServerDiscovery.FindAuthorityAsync(options.Server, options.Pins, either.Token);
            say($"the server at {options.Server} is the one that is meant");
            IssuedCertificate issued = await RequestAsync(authority, either.Token);
            string? flowHashKey = await ReadFlowHashKeyAsync(authority, issued, either.Token);
            AgentKubeConfig.Write(options.Kubeconfig, options.Server, authority.ExportCertificatePem() + "\n", options.HostName, issued);
            say($"{options.Kubeconfig} has the agent's certificate");
            WriteFlowHashKey(flowHashKey);
        }
        catch (ServerDiscoveryException exception)
        {
            throw new CommandException($"can't join: {exception.Message}.", ExitCodes.Failed, exception);
        }
        catch (CertificateRefusedException exception)
        {
            throw new CommandException($"can't join: the certificate is refused: {exception.Message}.", ExitCodes.Failed, exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"can't join: there is no certificate after {options.Timeout.TotalSeconds} s; see 'kubectl get csr', and 'kubectl certificate approve' where one is Pending.");
        }
        catch (HttpRequestException exception)
        {
            throw new CommandException($"can't join: {options.Server}: {exception.InnerException?.Message ?? exception.Message}", ExitCodes.Failed, exception);
        }
    }

    /// <summary>Found out before the token is used for a certificate that could not be kept.</summary>
    private static void RequireWritable(string path)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(directory);
            string probe = Path.Combine(directory, $".join.{Environment.ProcessId}");
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"can't join: {directory} can't be written to: {exception.Message} Run it as who runs the agent, mostly root.", ExitCodes.MissingPrivilege, exception);
        }
    }

    private async Task<IssuedCertificate> RequestAsync(X509Certificate2 authority, CancellationToken cancellationToken)
    {
        using var client = new ApiClient(
            new KubeConfig { Server = options.Server, CertificateAuthorities = [authority], Token = options.Token.Reveal() }, new ApiClientOptions { UserAgent = UserAgent }, time);
        try
        {
            return await new AgentCertificateRequester(client, time).RequestAsync(
                options.HostName, name => say($"request {name} waits to be approved"), cancellationToken);
        }
        catch (ApiException exception) when (exception.StatusCode == HttpStatusCode.Unauthorized)
        {
            throw new CommandException(
                $"can't join: the server does not know token {options.Token}: it is mistyped, has ended or was deleted. Make another: 'lodestone token create'.", ExitCodes.Failed, exception);
        }
        catch (ApiException exception) when (exception.StatusCode == HttpStatusCode.Forbidden)
        {
            throw new CommandException($"can't join: token {options.Token} is not for agents: {exception.Status.Message}. Make another: 'lodestone token create'.", ExitCodes.Failed, exception);
        }
    }

    /// <summary>The key that gateways hash flows under, as the agent; null where the server has none.</summary>
    private async Task<string?> ReadFlowHashKeyAsync(X509Certificate2 authority, IssuedCertificate issued, CancellationToken cancellationToken)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(issued.CertificatePem, issued.KeyPem);
        using var client = new ApiClient(
            new KubeConfig { Server = options.Server, CertificateAuthorities = [authority], ClientCertificate = certificate }, new ApiClientOptions { UserAgent = UserAgent }, time);
        Secret? secret = await client.TryGetAsync<Secret>(FlowHashSecret, cancellationToken);
        return secret?.Data?.GetValueOrDefault(AgentRole.FlowHashSecretKey) is { } key ? Encoding.ASCII.GetString(key).Trim() : null;
    }

    private void WriteFlowHashKey(string? key)
    {
        string file = options.FlowHashKeyFile;
        if (key is null)
        {
            say($"the server has no Secret {FlowHashSecret}: gateways need the same {file}, by other means");
        }
        else if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            SecretFile.Write(file, key + "\n");
            say($"{file} has the key that all gateways hash flows under");
        }
        else if (File.ReadAllText(file).Trim() != key)
        {
            SecretFile.Write(file, key + "\n");
            say($"{file} had another key than the other gateways, and has theirs now: an agent that runs takes it up when it starts again");
        }
    }
}
