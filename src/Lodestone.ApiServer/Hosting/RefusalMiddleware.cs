using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Lodestone.ApiServer.Hosting;

/// <summary>Puts a <see cref="RefusalWriter"/> on HTTP/1 connections. Stands behind TLS.</summary>
internal static class RefusalMiddleware
{
    /// <summary>The connection's handler with it.</summary>
    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<ISslStreamFeature>()?.SslStream.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2)
        {
            await next(connection);
            return;
        }

        IDuplexPipe transport = connection.Transport;
        connection.Transport = new Pipes(transport.Input, new RefusalWriter(transport.Output));
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
