using System.Buffers;
using System.IO.Pipelines;
using Lodestone.ApiServer.Audit;
using Lodestone.ApiServer.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Reads request bodies, up to the limit.</summary>
internal static class RequestBody
{
    /// <summary>The longest body that is read.</summary>
    public const int Limit = 3 << 20;

    /// <summary>The body's bytes; what is not protobuf is text.</summary>
    /// <exception cref="ApiException">413, or 400 when it is not text.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext http)
    {
        byte[] body = await ReadBytesAsync(http);
        if (MediaTypeOf(http.Request) != ProtobufBody.MediaType)
        {
            BodyText.Check(body);
        }

        return body;
    }

    private static async Task<byte[]> ReadBytesAsync(HttpContext http)
    {
        if (http.Request.ContentLength > Limit)
        {
            throw ApiErrors.RequestTooLarge(Limit);
        }

        // Kestrel reads what is left of the body afterwards, which it can't while a reading of ours is open: none is ended by an exception.
        PipeReader reader = http.Request.BodyReader;
        using CancellationTokenRegistration ending = http.RequestAborted.UnsafeRegister(static r => ((PipeReader)r!).CancelPendingRead(), reader);
        while (true)
        {
            ReadResult result = await reader.ReadAsync(CancellationToken.None);
            if (http.RequestAborted.IsCancellationRequested || result.Buffer.Length > Limit)
            {
                reader.AdvanceTo(result.Buffer.End);
                http.RequestAborted.ThrowIfCancellationRequested();
                throw ApiErrors.RequestTooLarge(Limit);
            }

            // Kestrel, too, ends a pending reading when it stops: the request goes on.

            if (result.IsCompleted)
            {
                byte[] body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                if (http.Features.Get<BodyCapture>() is { } capture)
                {
                    capture.Body = body;
                }

                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>The media type of the body without parameters, in lower case; JSON when absent.</summary>
    public static string MediaTypeOf(HttpRequest request)
    {
        string type = request.ContentType ?? "";
        int end = type.IndexOf(';', StringComparison.Ordinal);
        type = (end < 0 ? type : type[..end]).Trim().ToLowerInvariant();
        return type.Length == 0 ? "application/json" : type;
    }
}
